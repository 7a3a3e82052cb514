import type { ModelEntry } from '../schema/model-list.config.js';
import type { DeploymentLimits, DeploymentSettings } from '../model/settings.js';
import type { PriceAdjustment } from '../model/prices.js';
import { coolDownOf, type CoolDownDefaults } from './cool-downs.js';
import { modelRegionOf } from './model-region.js';

/** Defaults of an entry. */
export interface DeploymentDefaults {
  readonly timeoutSeconds: number;
  /** `null`: as the whole call. */
  readonly streamTimeoutSeconds: number | null;
  /** `always_include_stream_usage`. */
  readonly includesStreamUsage: boolean | null;
  /** `litellm_settings.drop_params`. */
  readonly dropsParams: boolean;
  /** `optional_pre_call_checks` has `enforce_model_rate_limits`. */
  readonly enforcesRates: boolean;
  /** Of a deployment without its own; `null` for none. */
  readonly maxParallelRequests: number | null;
  readonly coolDown: CoolDownDefaults;
  /** Returns the discount and margin of a provider. */
  readonly adjustmentOf: (provider: string) => PriceAdjustment | null;
}

/** Returns how a deployment is called, apart from its address and prices. */
export function behaviourOf(
  entry: ModelEntry,
  defaults: DeploymentDefaults,
): Pick<
  DeploymentSettings,
  | 'extraHeaders'
  | 'region'
  | 'order'
  | 'numRetries'
  | 'coolDown'
  | 'timeoutSeconds'
  | 'firstByteTimeoutSeconds'
  | 'streamIdleTimeoutSeconds'
  | 'keepAliveSeconds'
  | 'takesClientKeepAlive'
  | 'streamUsage'
  | 'baseModel'
  | 'maxInputTokens'
  | 'maxOutputTokens'
  | 'accessGroups'
  | 'tags'
  | 'dropsParams'
  | 'droppedMembers'
  | 'limits'
> {
  const { litellm_params: params, model_info: info } = entry;
  return {
    extraHeaders: params.extra_headers ?? {},
    region: modelRegionOf(params.region_name),
    order: params.order,
    numRetries: params.num_retries,
    coolDown: coolDownOf(entry, defaults.coolDown),
    ...timeoutsOf(params, defaults),
    keepAliveSeconds: params.keepalive_seconds,
    takesClientKeepAlive: params.allow_client_keepalive_override ?? false,
    streamUsage: streamUsageOf(params.always_include_stream_usage ?? defaults.includesStreamUsage),
    baseModel: info.base_model,
    maxInputTokens: info.max_input_tokens,
    maxOutputTokens: info.max_output_tokens,
    accessGroups: info.access_groups ?? [],
    tags: params.tags ?? [],
    dropsParams: params.drop_params ?? defaults.dropsParams,
    droppedMembers: params.additional_drop_params ?? [],
    limits: limitsOf(entry, defaults),
  };
}

function timeoutsOf(
  params: ModelEntry['litellm_params'],
  defaults: Pick<DeploymentDefaults, 'timeoutSeconds' | 'streamTimeoutSeconds'>,
): Pick<
  DeploymentSettings,
  'timeoutSeconds' | 'firstByteTimeoutSeconds' | 'streamIdleTimeoutSeconds'
> {
  const timeoutSeconds = params.timeout ?? defaults.timeoutSeconds;
  const streamSeconds =
    params.stream_timeout ??
    (params.timeout === null ? defaults.streamTimeoutSeconds : null) ??
    timeoutSeconds;
  return {
    timeoutSeconds,
    firstByteTimeoutSeconds: params.ttft_timeout ?? streamSeconds,
    streamIdleTimeoutSeconds: params.stream_idle_timeout ?? streamSeconds,
  };
}

function limitsOf(
  { litellm_params: params, rpm, tpm }: ModelEntry,
  defaults: Pick<DeploymentDefaults, 'enforcesRates' | 'maxParallelRequests'>,
): DeploymentLimits {
  const rate = (value: number | null): number | null =>
    value === null || !defaults.enforcesRates ? null : Math.floor(value);
  return {
    requestsPerMinute: rate(params.rpm ?? rpm),
    tokensPerMinute: rate(params.tpm ?? tpm),
    maxParallelRequests: params.max_parallel_requests ?? defaults.maxParallelRequests,
  };
}

function streamUsageOf(included: boolean | null): DeploymentSettings['streamUsage'] {
  if (included === null) return 'hidden';
  return included ? 'shown' : 'off';
}
