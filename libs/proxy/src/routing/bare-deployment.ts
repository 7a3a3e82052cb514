import type { DeploymentSettings } from '#libs/config';

/** What an upstream says of itself that the model list does not have. */
type Upstream = Pick<
  DeploymentSettings,
  'id' | 'provider' | 'dialect' | 'apiBase' | 'adjustment' | 'timeoutSeconds'
>;

/** A deployment without limits that the gateway itself sets. */
export const NO_DEPLOYMENT_LIMITS: DeploymentSettings['limits'] = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  maxParallelRequests: null,
};

/** A deployment that is never left out after failures. */
export const NO_COOL_DOWN: DeploymentSettings['coolDown'] = { seconds: 0, allowedFails: {} };

const NO_HEALTH_CHECK = { model: null, timeoutSeconds: 60, maxTokens: 5, isInBackground: false };

/**
 * Returns the one deployment of an upstream that the model list does not have: without limits, prices, credential and cool-downs of
 * its own, unless the upstream says otherwise.
 * @param name of its group, and of the model at the upstream
 */
export function bareDeployment(
  upstream: Upstream & Partial<DeploymentSettings>,
  name: string,
): DeploymentSettings {
  const { timeoutSeconds } = upstream;
  return {
    modelGroup: name,
    upstreamModel: name,
    apiKey: null,
    apiVersion: null,
    organization: null,
    region: null,
    extraHeaders: {},
    weight: 1,
    limits: NO_DEPLOYMENT_LIMITS,
    firstByteTimeoutSeconds: timeoutSeconds,
    streamIdleTimeoutSeconds: timeoutSeconds,
    order: null,
    numRetries: null,
    coolDown: NO_COOL_DOWN,
    keepAliveSeconds: null,
    takesClientKeepAlive: false,
    streamUsage: 'off',
    prices: null,
    baseModel: null,
    maxInputTokens: null,
    maxOutputTokens: null,
    accessGroups: [],
    tags: [],
    dropsParams: false,
    droppedMembers: [],
    healthCheck: NO_HEALTH_CHECK,
    description: { mode: null, info: {}, params: {} },
    ...upstream,
  };
}
