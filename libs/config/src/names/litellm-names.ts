/*
 * With litellm-jwt-names.ts and litellm-ignored-names.ts the only place where LiteLLM's key names appear: for each section
 * the keys that are honoured, under our own names, and the tables of those that are known but have no effect, or refuse
 * the start because ignoring them in silence would let in more than their author meant to. Source: LiteLLM's proxy
 * configuration and JWT-auth guides, as docs/reference/configuration.md lists them.
 */
import { ignoredKeys, pendingKeys } from './unsupported-keys.js';

/** Top level of config.yaml. */
export const ROOT_KEYS = {
  includes: 'include',
  credentials: 'credential_list',
  models: 'model_list',
  general: 'general_settings',
  library: 'litellm_settings',
  router: 'router_settings',
  variables: 'environment_variables',
  gatehouse: 'gatehouse',
} as const;

/** One entry of `credential_list`. */
export const CREDENTIAL_KEYS = {
  name: 'credential_name',
  values: 'credential_values',
  info: 'credential_info',
} as const;

/** `general_settings`. */
export const GENERAL_KEYS = {
  masterKey: 'master_key',
  databaseUrl: 'database_url',
  isJwtAuthEnabled: 'enable_jwt_auth',
  jwtAuth: 'litellm_jwtauth',
  proxyRoles: 'litellm_proxy_roles',
  customAuth: 'custom_auth',
  customAuthSettings: 'custom_auth_settings',
  customJwt: 'jwt_settings',
  isOauth2Enabled: 'enable_oauth2_auth',
  enforceIdentity: 'enforce_rbac',
  rolePermissions: 'role_permissions',
  publicRoutes: 'public_routes',
  adminOnlyRoutes: 'admin_only_routes',
  allowedRoutes: 'allowed_routes',
  requireUserParam: 'enforce_user_param',
  keyHeaderName: 'litellm_key_header_name',
  includesStreamUsage: 'always_include_stream_usage',
} as const;

/** `litellm_settings`. */
export const LIBRARY_KEYS = {
  isVerbose: 'set_verbose',
  isJsonLog: 'json_logs',
  numRetries: 'num_retries',
  timeoutSeconds: 'request_timeout',
  sslVerify: 'ssl_verify',
} as const;

/** `router_settings`. */
export const ROUTER_KEYS = {
  numRetries: 'num_retries',
  timeoutSeconds: 'timeout',
  streamTimeoutSeconds: 'stream_timeout',
  strategy: 'routing_strategy',
} as const;

/** Strategies of `router_settings.routing_strategy`; the first is the one that is built. */
export const ROUTING_STRATEGIES = [
  'simple-shuffle',
  'least-busy',
  'usage-based-routing',
  'usage-based-routing-v2',
  'latency-based-routing',
  'cost-based-routing',
] as const;

/** One entry of `model_list`. `alias` is how the OIDC model-access guide spells the name. */
export const MODEL_ENTRY_KEYS = {
  name: 'model_name',
  alias: 'model',
  params: 'litellm_params',
  info: 'model_info',
  requestsPerMinute: 'rpm',
  tokensPerMinute: 'tpm',
} as const;

/** Prices, below `litellm_params` or `model_info`. */
const PRICE_KEYS = {
  inputPrice: 'input_cost_per_token',
  outputPrice: 'output_cost_per_token',
  cachedInputPrice: 'cache_read_input_token_cost',
} as const;

/** `litellm_params`. */
export const MODEL_PARAMS_KEYS = {
  model: 'model',
  provider: 'custom_llm_provider',
  apiBase: 'api_base',
  apiKey: 'api_key',
  apiVersion: 'api_version',
  organizations: 'organization',
  extraHeaders: 'extra_headers',
  weight: 'weight',
  requestsPerMinute: 'rpm',
  tokensPerMinute: 'tpm',
  timeoutSeconds: 'timeout',
  streamTimeoutSeconds: 'stream_timeout',
  includesStreamUsage: 'always_include_stream_usage',
  sslVerify: 'ssl_verify',
  ...PRICE_KEYS,
} as const;

/** `model_info`. */
export const MODEL_INFO_KEYS = {
  id: 'id',
  baseModel: 'base_model',
  accessGroups: 'access_groups',
  ...PRICE_KEYS,
} as const;

/** Paths of sections and keys, for messages that concern more than one place. */
export const PATHS = {
  general: ROOT_KEYS.general,
  models: ROOT_KEYS.models,
  unsupportedDeployments: `${ROOT_KEYS.gatehouse}.unsupported_deployments`,
  masterKey: `${ROOT_KEYS.general}.${GENERAL_KEYS.masterKey}`,
  enableJwtAuth: `${ROOT_KEYS.general}.${GENERAL_KEYS.isJwtAuthEnabled}`,
  jwtAuth: `${ROOT_KEYS.general}.${GENERAL_KEYS.jwtAuth}`,
  customAuth: `${ROOT_KEYS.general}.${GENERAL_KEYS.customAuth}`,
  customJwt: `${ROOT_KEYS.general}.${GENERAL_KEYS.customJwt}`,
  proxyRoles: `${ROOT_KEYS.general}.${GENERAL_KEYS.proxyRoles}`,
  allowedRoutes: `${ROOT_KEYS.general}.${GENERAL_KEYS.allowedRoutes}`,
  publicRoutes: `${ROOT_KEYS.general}.${GENERAL_KEYS.publicRoutes}`,
  rolePermissions: `${ROOT_KEYS.general}.${GENERAL_KEYS.rolePermissions}`,
  enableOauth2: `${ROOT_KEYS.general}.${GENERAL_KEYS.isOauth2Enabled}`,
  sslVerify: `${ROOT_KEYS.library}.${LIBRARY_KEYS.sslVerify}`,
  strategy: `${ROOT_KEYS.router}.${ROUTER_KEYS.strategy}`,
} as const;

/** Top-level keys without effect. */
export const ROOT_IGNORED = ignoredKeys(
  [
    [
      'not built yet',
      `callback_settings vector_store_registry search_tools assistant_settings files_settings finetune_settings
      worker_registry`,
    ],
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
      `store_model_in_db supported_db_objects proxy_config_reload_interval_seconds alerting alerting_threshold
      alert_types alert_to_webhook_url alerting_args spend_report_frequency background_health_checks
      health_check_interval health_check_details health_check_concurrency enable_health_check_routing
      use_shared_health_check ui_access_mode
      max_failed_login_attempts max_failed_login_attempts_per_source failed_login_window_seconds
      disable_env_credential_login enable_drain_endpoint drain_endpoint_token include_call_id_in_error_body
      enforce_fallback_budget enforce_fallback_model_access pass_through_request_timeout missing_session_id
      max_file_size_mb max_batch_file_size_mb allowed_file_extensions blocked_file_extensions
      maximum_spend_logs_retention_period maximum_spend_logs_retention_interval maximum_spend_logs_cleanup_cron
      enable_redis_auth_cache token_rate_limit_type admission_queue_timeout_seconds`,
    ],
    ['prompts are never stored', 'store_prompts_in_spend_logs'],
    ['what a client sends as tags never counts', 'reject_clientside_metadata_tags'],
    ['the checks always run', 'custom_auth_run_common_checks'],
    [
      'the master key is never stored',
      'disable_adding_master_key_hash_to_db disable_master_key_return',
    ],
  ],
  [
    ['not built yet: these addresses are not served', 'pass_through_endpoints'],
    [
      'not built yet: secrets come from the environment',
      'key_management_system key_management_settings',
    ],
    [
      'not built yet: nothing is limited by it',
      `max_parallel_requests global_max_parallel_requests max_in_flight_requests_per_worker
      max_queued_requests_per_worker max_response_size_mb fail_closed_budget_enforcement`,
    ],
    [
      'not built yet: the model of the request counts',
      'completion_model embedding_model image_generation_model moderation_model',
    ],
    [
      'not built yet: the end user comes from the token or the body',
      'user_header_mappings user_header_name',
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
