import type { DeploymentSettings } from '#libs/config';
import type { PlannedCall } from '../relay-call.js';
import { upstreamBody } from '../request-policy.js';
import { DIALECTS } from './dialects/dialect-table.js';
import { upstreamHeaders } from './request-headers.js';
import type { UpstreamRequest } from './upstream-client.js';
import type { ExchangeLimits } from './upstream-exchange.js';

/** A request made ready for one deployment. */
export interface PreparedRequest {
  readonly request: UpstreamRequest;
  readonly limits: ExchangeLimits;
  /** The gateway asked for the usage event, so that the client must not see it. */
  readonly dropsUsage: boolean;
}

/**
 * What is sent to a deployment for a call.
 * @param call the planned call
 * @param deployment where it goes
 */
export function prepareRequest(call: PlannedCall, deployment: DeploymentSettings): PreparedRequest {
  const dialect = DIALECTS[deployment.dialect];
  const { isStream, wantsUsage } = call.request;
  const dropsUsage = isStream && !wantsUsage && dialect.knowsIncludeUsage(deployment);
  const url = dialect.chatUrl(deployment);
  return {
    request: {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      headers: upstreamHeaders(
        call.headers,
        deployment,
        dialect.credential(deployment),
        call.access.attribution,
      ),
      body: upstreamBody(call.request, deployment.upstreamModel, dropsUsage),
    },
    limits: limitsOf(call, deployment),
    dropsUsage,
  };
}

/** A stream may flow for long: its timeouts limit the silence, and the whole of it has a limit of its own. */
function limitsOf(
  { request, settings }: PlannedCall,
  deployment: DeploymentSettings,
): ExchangeLimits {
  const wholeMs = deployment.timeoutSeconds * 1_000;
  if (!request.isStream) return { totalMs: wholeMs, firstByteMs: wholeMs, silenceMs: null };
  const silenceMs = deployment.streamTimeoutSeconds * 1_000;
  return {
    totalMs: settings.server.streamLimitSeconds * 1_000,
    firstByteMs: silenceMs,
    silenceMs,
  };
}
