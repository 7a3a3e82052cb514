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
  const totalMs = deployment.timeoutSeconds * 1_000;
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
    limits: { totalMs, firstByteMs: isStream ? deployment.streamTimeoutSeconds * 1_000 : totalMs },
    dropsUsage,
  };
}
