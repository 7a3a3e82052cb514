/* The second half of litellm-names.ts, apart for its length: keys without effect below the upstream sections. */
import { ignoredKeys, pendingKeys } from './unsupported-keys.js';

const ROUTING = 'not built yet: a failed call is tried on another deployment of the same name only';

/** Keys of `litellm_settings` without effect. */
export const LIBRARY_IGNORED = ignoredKeys(
  [
    [
      'parameters are forwarded as they come',
      'drop_params modify_params add_function_to_prompt enable_json_schema_validation',
    ],
    [
      'not built yet',
      `cache cache_params
      enable_redis_auth_cache timezone budget_reset_time cost_discount_config cost_margin_config
      internal_user_budget_duration max_ui_session_budget default_team_settings disable_end_user_cost_tracking
      extra_spend_tag_headers disable_add_user_agent_to_request_tags return_response_headers user_url_validation
      overwrite_user_with_key_hash require_managed_files
      expose_router_debug_in_errors force_ipv4 allowed_fails cooldown_time`,
    ],
    ['every change by an administrator is audited', 'store_audit_logs'],
    ['nothing is sent anywhere', 'telemetry'],
    [
      'prompts, keys and claims never enter a log',
      'turn_off_message_logging redact_user_api_key_info redact_messages_in_exceptions',
    ],
  ],
  [
    [ROUTING, 'fallbacks context_window_fallbacks content_policy_fallbacks default_fallbacks'],
    ['not built yet: add a model_list entry of that name', 'model_alias_map'],
    [
      'not built yet: nothing is limited by it',
      `max_budget budget_duration max_internal_user_budget default_max_internal_user_budget max_end_user_budget
      max_end_user_budget_id`,
    ],
  ],
  [
    [
      'not built yet',
      `success_callback failure_callback callbacks service_callback audit_log_callbacks pre_call_rules
      post_call_rules`,
    ],
  ],
);

/** Keys of `router_settings` without effect. */
export const ROUTER_IGNORED = ignoredKeys(
  [
    [
      'not built yet',
      `routing_strategy_args retry_after allowed_fails cooldown_time allowed_fails_policy retry_policy
      model_group_retry_policy disable_cooldowns max_fallbacks enable_pre_call_checks enable_weighted_failover
      optional_pre_call_checks deployment_affinity_ttl_seconds cache_responses caching_groups client_ttl
      default_priority polling_interval tag_filtering_match_any tag_routing_prefix`,
    ],
    [
      'one process needs no shared state',
      'redis_host redis_port redis_password redis_db redis_url cache_kwargs',
    ],
  ],
  [
    [ROUTING, 'fallbacks context_window_fallbacks content_policy_fallbacks default_fallbacks'],
    ['not built yet: add a model_list entry of that name', 'model_group_alias'],
    [
      'not built yet: nothing is limited by it',
      'default_max_parallel_requests provider_budget_config routing_groups',
    ],
    ['use gatehouse.unsupported_deployments', 'ignore_invalid_deployments'],
    ['not built yet: set it for each deployment', 'default_litellm_params'],
  ],
);

const PRICE = 'not built yet: this price is not applied, so that spend comes out too low';

/** Other price fields than those that are honoured. */
const OTHER_PRICES = `input_cost_per_second output_cost_per_second input_cost_per_pixel output_cost_per_pixel
  input_cost_per_image output_cost_per_image input_cost_per_audio_token output_cost_per_audio_token
  output_cost_per_reasoning_token cache_creation_input_token_cost input_cost_per_character
  output_cost_per_character input_cost_per_query input_cost_per_token_above_128k_tokens
  output_cost_per_token_above_128k_tokens input_cost_per_token_above_200k_tokens
  output_cost_per_token_above_200k_tokens tiered_pricing off_peak_pricing`;

/** Keys of `litellm_params` without effect. */
export const MODEL_PARAMS_IGNORED = ignoredKeys(
  [
    ['has no effect in LiteLLM either; use router_settings.num_retries', 'max_retries'],
    [
      'not built yet',
      'num_retries cooldown_time merge_reasoning_content_in_choices use_in_pass_through',
    ],
    [
      'parameters are forwarded as they come',
      'drop_params additional_drop_params allowed_openai_params',
    ],
    ['counts with enable_tag_filtering alone, which refuses the start', 'tags'],
    ['counts for end users with allowed_model_region alone, which is refused', 'region_name'],
  ],
  [
    [PRICE, OTHER_PRICES],
    ['not built yet: nothing is limited by it', 'max_budget budget_duration max_parallel_requests'],
    [
      'not built yet: the call is sent without it',
      `extra_body temperature top_p max_tokens max_completion_tokens seed stop frequency_penalty presence_penalty
      reasoning_effort prompt_id`,
    ],
    [
      'not built yet',
      'order ttft_timeout stream_idle_timeout keepalive_seconds allow_client_keepalive_override',
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
  [
    [
      'not built yet',
      `mode allowed_fails allowed_fails_policy cooldown_time health_check_model health_check_timeout
      health_check_max_tokens disable_background_health_check max_input_tokens max_output_tokens max_tokens
      deprecation_date custom_tokenizer`,
    ],
  ],
  [[PRICE, OTHER_PRICES]],
);
