import { memoizeByObject, memoizeByString } from '#libs/common';
import type { IntegerRange } from './request-values.js';

/**
 * Body members that only LiteLLM knows. They are removed, because an upstream refuses a member that it does not know;
 * the relay obeys none of them.
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
 * from the configuration alone. A member that was dropped silently would leave its sender believing that it was obeyed.
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
 * Members that every endpoint evaluates, or relies on in its records. Only their exact spelling is read here, while some
 * upstreams compare names without regard to case (Go's `encoding/json`, for example) and could obey another spelling.
 */
const COMMON_PARAMETERS: ReadonlySet<string> = new Set(['model', 'service_tier', 'user']);

/** Members that every endpoint evaluates which generates text. */
export const GENERATION_PARAMETERS: readonly string[] = [
  'max_tokens',
  'n',
  'stream',
  'stream_options',
];

/** OpenAI's own bound on `n`. */
export const CHOICES: IntegerRange = { min: 1, max: 128 };
/** Far above the window of any model, far below what could overflow a sum. */
export const TOKEN_BOUND: IntegerRange = { min: 1, max: 100_000_000 };

type ParameterAction = 'forwarded' | 'dropped' | 'refused' | 'misspelt';

/**
 * Decides what becomes of a body member. `misspelt`: it differs from an evaluated member by letter case only.
 * @param name the member's name; compared without regard to case
 * @param evaluated names of the members that the endpoint evaluates, besides the common ones
 */
export function parameterAction(name: string, evaluated: ReadonlySet<string>): ParameterAction {
  return name.length > MAX_KEPT_NAME
    ? actionOf(name, evaluated)
    : actionsAmong(evaluated)(name).action;
}

/** Longer names are decided on each time, so that clients cannot fill the memory with them. */
const MAX_KEPT_NAME = 64;

/** What becomes of the members of an endpoint's requests, by their name: all calls send the same few. */
const actionsAmong = memoizeByObject((evaluated: ReadonlySet<string>) =>
  memoizeByString((name) => ({ action: actionOf(name, evaluated) })),
);

function actionOf(name: string, evaluated: ReadonlySet<string>): ParameterAction {
  const lower = foldedName(name);
  // What an operation evaluates is its own: `endpoint` of a batch names an operation, for example.
  if (evaluated.has(name)) return 'forwarded';
  if (isRefused(lower)) return 'refused';
  if (lower !== name && (COMMON_PARAMETERS.has(lower) || evaluated.has(lower))) return 'misspelt';
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
