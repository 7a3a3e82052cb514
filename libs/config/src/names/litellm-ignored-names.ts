/*
 * Keys of LiteLLM that are known and not read, section by section: they have no effect, or refuse the start because ignoring
 * them in silence would let in more than their author meant to.
 */
import { ignoredKeys, pendingKeys } from './unsupported-keys.js';

/** LiteLLM's name of mails by SMTP, in `litellm_settings.callbacks`. */
export const MAIL_CALLBACK = 'smtp_email';

/** Top-level keys without effect. */
export const ROOT_IGNORED = ignoredKeys(
  [
    [
      'not built yet',
      'callback_settings vector_store_registry search_tools assistant_settings worker_registry',
    ],
    ['a fine-tuning job goes where its training file is, see files_settings', 'finetune_settings'],
  ],
  [['not built yet', 'mcp_servers']],
);

/** Keys of `general_settings` that refuse the start: they say who may do what. */
export const GENERAL_PENDING = pendingKeys([
  [
    'Remove it: every client that reaches the port could name any user. Let the proxy pass the token on.',
    'enable_oauth2_proxy_auth',
  ],
]);

/** Keys of `general_settings` without effect. */
export const GENERAL_IGNORED = ignoredKeys(
  [
    [
      'Gatehouse sizes its own connections',
      `database_connection_pool_limit database_connection_timeout database_connect_timeout database_socket_timeout
      database_statement_timeout database_lock_timeout database_extra_connection_params
      database_disable_prepared_statements user_api_key_cache_ttl user_api_key_cache_max_size`,
    ],
    [
      'spend is journalled before and written in batches after each call',
      `proxy_batch_write_at proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time
      proxy_batch_polling_interval scheduled_job_stagger use_redis_transaction_buffer disable_error_logs
      disable_reset_budget disable_budget_reservation`,
    ],
    [
      'not built yet',
      `store_model_in_db supported_db_objects proxy_config_reload_interval_seconds alerting_threshold
      alert_types alert_to_webhook_url alerting_args spend_report_frequency ui_access_mode
      max_failed_login_attempts max_failed_login_attempts_per_source failed_login_window_seconds
      disable_env_credential_login enable_drain_endpoint drain_endpoint_token include_call_id_in_error_body
      missing_session_id
      max_file_size_mb max_batch_file_size_mb allowed_file_extensions blocked_file_extensions
      maximum_spend_logs_retention_period maximum_spend_logs_retention_interval maximum_spend_logs_cleanup_cron
      enable_redis_auth_cache token_rate_limit_type admission_queue_timeout_seconds`,
    ],
    ['each replica checks for itself', 'use_shared_health_check'],
    ['prompts are never stored', 'store_prompts_in_spend_logs'],
    ['fallback models are always checked', 'enforce_fallback_budget enforce_fallback_model_access'],
    ['the checks always run', 'custom_auth_run_common_checks'],
    [
      'the master key is never stored',
      'disable_adding_master_key_hash_to_db disable_master_key_return',
    ],
  ],
  [
    [
      'not built yet: secrets come from the environment',
      'key_management_system key_management_settings',
    ],
    [
      'not built yet: nothing is limited by it',
      `max_parallel_requests max_in_flight_requests_per_worker max_queued_requests_per_worker max_response_size_mb fail_closed_budget_enforcement`,
    ],
    ['spend is always recorded', 'disable_spend_logs disable_spend_updates'],
    ['what needs the database is refused while it is down', 'allow_requests_on_db_unavailable'],
    ['use gatehouse.server.body_limit_bytes', 'max_request_size_mb'],
    ['use gatehouse.spend.client_abort', 'cancel_on_disconnect'],
    [
      'headers of clients do not travel upstream',
      `forward_client_headers_to_llm_api forward_openai_org_id forward_llm_provider_auth_headers
      use_client_credentials_pass_through_routes`,
    ],
  ],
);

/** Keys of `litellm_settings` without effect. */
export const LIBRARY_IGNORED = ignoredKeys(
  [
    [
      'parameters are forwarded as they come',
      'modify_params add_function_to_prompt enable_json_schema_validation',
    ],
    [
      'not built yet',
      `enable_redis_auth_cache max_ui_session_budget disable_end_user_cost_tracking
      extra_spend_tag_headers disable_add_user_agent_to_request_tags return_response_headers user_url_validation
      overwrite_user_with_key_hash require_managed_files
      expose_router_debug_in_errors force_ipv4`,
    ],
    ['every change by an administrator is audited', 'store_audit_logs'],
    ['nothing is sent anywhere', 'telemetry'],
    [
      'prompts, keys and claims never enter a log',
      'turn_off_message_logging redact_user_api_key_info redact_messages_in_exceptions',
    ],
  ],
  [['not built yet: nothing is limited by it', 'default_max_internal_user_budget']],
  [
    [
      'not built yet',
      `success_callback failure_callback service_callback audit_log_callbacks pre_call_rules
      post_call_rules`,
    ],
    [
      `${MAIL_CALLBACK} has alerts about budgets mailed, other names have no effect`,
      'callbacks',
      MAIL_CALLBACK,
    ],
  ],
);

/** Keys of `router_settings` without effect. */
export const ROUTER_IGNORED = ignoredKeys(
  [
    [
      'not built yet',
      `enable_weighted_failover
      deployment_affinity_ttl_seconds cache_responses caching_groups client_ttl
      default_priority polling_interval`,
    ],
    [
      'one process needs no shared state',
      'redis_host redis_port redis_password redis_db redis_url cache_kwargs',
    ],
  ],
  [
    ['not built yet: nothing is limited by it', 'routing_groups'],
    ['use gatehouse.unsupported_deployments', 'ignore_invalid_deployments'],
    ['not built yet: set it for each deployment', 'default_litellm_params'],
  ],
);

const PRICE = 'not built yet: this price is not applied, so that spend comes out too low';

/** Price fields that no usage of a relayed call has a count for. */
const OTHER_PRICES = `code_interpreter_cost_per_session file_search_cost_per_1k_calls
  vector_store_cost_per_gb_per_day computer_use_input_cost_per_1k_tokens computer_use_output_cost_per_1k_tokens
  file_search_cost_per_gb_per_day google_maps_grounding_cost_per_query annotation_cost_per_page
  cache_creation_input_audio_token_cost input_cost_per_audio_per_second output_cost_per_audio_per_second
  input_cost_per_video_per_second output_cost_per_video_per_second`;

/** Keys of `litellm_params` without effect. */
export const MODEL_PARAMS_IGNORED = ignoredKeys(
  [
    ['has no effect in LiteLLM either; use router_settings.num_retries', 'max_retries'],
    ['not built yet', 'merge_reasoning_content_in_choices use_in_pass_through'],
    ['parameters are forwarded as they come', 'allowed_openai_params'],
  ],
  [
    [PRICE, OTHER_PRICES],
    ['not built yet: nothing is limited by it', 'max_budget budget_duration'],
    [
      'not built yet: the call is sent without it',
      `extra_body temperature top_p max_tokens max_completion_tokens seed stop frequency_penalty presence_penalty
      reasoning_effort prompt_id`,
    ],
  ],
);

/** Keys of `litellm_params` that refuse the start: without them the call would go wrong, or cost. */
export const MODEL_PARAMS_PENDING = pendingKeys([
  [
    'Write the credential of that name in credential_list, or api_key in the entry, for example os.environ/NAME.',
    'litellm_credential_name',
  ],
  [
    'Write api_key; Azure AD credentials come later.',
    'azure_ad_token azure_username azure_password tenant_id client_id client_secret',
  ],
  ['Write api_base.', 'base_url'],
  ['Write extra_headers.', 'headers'],
  ['Remove it: the call would reach the real model.', 'mock_response'],
]);

/** Keys of `model_info` without effect; any other key is a note of the operator's own. */
export const MODEL_INFO_IGNORED = ignoredKeys(
  [['not built yet', 'custom_tokenizer']],
  [[PRICE, OTHER_PRICES]],
);
