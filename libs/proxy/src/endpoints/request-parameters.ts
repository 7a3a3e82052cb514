/**
 * Body members that only LiteLLM knows (reference C2). They are taken off before the upstream, which
 * would refuse a member that it does not know; none of them is obeyed by the relay.
 */
const DROPPED_MEMBERS: ReadonlySet<string> = new Set([
  'additional_drop_params',
  'allowed_openai_params',
  'cache',
  'caching',
  'content_policy_fallbacks',
  'context_window_fallback_dict',
  'context_window_fallbacks',
  'disable_fallbacks',
  'drop_params',
  'enable_json_schema_validation',
  'fallbacks',
  'force_timeout',
  'guardrail_config',
  'guardrails',
  'keepalive_seconds',
  'max_fallbacks',
  'max_retries',
  'metadata',
  'no-log',
  'num_retries',
  'policies',
  'preset_cache_key',
  'proxy_server_request',
  'request_timeout',
  'retry_policy',
  'retry_strategy',
  'secret_fields',
  'stream_timeout',
  'tags',
  'timeout',
  'ttl',
]);

const DROPPED_PREFIXES = ['litellm_', 'user_api_key_'] as const;

/**
 * Body members that name a destination, a credential or a price. Upstreams, credentials and prices come
 * from the configuration alone (threats P01, P02), and dropping such a member silently would leave its
 * sender believing that it was obeyed.
 */
const REFUSED_MEMBERS: ReadonlySet<string> = new Set([
  'api_base',
  'api_key',
  'api_type',
  'api_version',
  'base_model',
  'base_url',
  'client_id',
  'client_secret',
  'credential_name',
  'custom_host',
  'custom_llm_provider',
  'custom_pricing',
  'default_headers',
  'default_query',
  'deployment_id',
  'endpoint',
  'extra_body',
  'extra_headers',
  'extra_query',
  'headers',
  'http_client',
  'litellm_credential_name',
  'model_info',
  'model_list',
  'organization',
  'proxies',
  'proxy',
  'region_name',
  'spend',
  'ssl_verify',
  'tenant_id',
  'user_config',
]);

const REFUSED_PREFIXES = ['aws_', 'azure_', 'mock_', 'vertex_', 'watsonx_'] as const;
const PRICE_NAME = /_cost(_|$)/;

/**
 * Body members that the gateway itself judges or writes, or whose value its records rely on. Their exact
 * spelling alone is read here, while some upstreams compare names without regard to case (Go's
 * `encoding/json`, for one) and could obey another spelling instead.
 */
const JUDGED_MEMBERS: ReadonlySet<string> = new Set([
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'model',
  'n',
  'service_tier',
  'stream',
  'stream_options',
  'user',
]);

/**
 * What becomes of a body member. `misspelt`: it differs from a judged member by letter case alone.
 * @param name the member's name; compared without regard to case
 */
export function parameterAction(name: string): 'forwarded' | 'dropped' | 'refused' | 'misspelt' {
  const lower = foldedName(name);
  if (isRefused(lower)) return 'refused';
  if (lower !== name && JUDGED_MEMBERS.has(lower)) return 'misspelt';
  return DROPPED_MEMBERS.has(lower) || DROPPED_PREFIXES.some((prefix) => lower.startsWith(prefix))
    ? 'dropped'
    : 'forwarded';
}

/**
 * A name without its letter case. By way of the upper case, because the long s (U+017F) and the Kelvin sign
 * (U+212A) are an `s` and a `k` to parsers that fold by Unicode.
 * @param name as it stands in the body
 */
export function foldedName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function isRefused(name: string): boolean {
  return (
    REFUSED_MEMBERS.has(name) ||
    REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    PRICE_NAME.test(name)
  );
}
