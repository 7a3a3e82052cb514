import type { ByteSequence } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { DIALECTS } from '../dialects/dialect-table.js';
import type { Endpoint } from '../endpoints/endpoint.js';
import type { RelayRequest } from '../endpoints/relay-request.js';

/** What a deployment is sent for a call. */
export interface UpstreamBody {
  readonly bytes: ByteSequence;
  /** The gateway asks for the usage of the stream, which the client did not. */
  readonly asksForUsage: boolean;
}

/** The bodies of one call, each made once: its cost is admitted by their lengths, then one is sent. */
export class UpstreamBodies {
  /** One or very few. */
  private readonly made: { readonly model: string; readonly body: UpstreamBody }[] = [];

  constructor(
    private readonly endpoint: Pick<Endpoint, 'body'>,
    private readonly request: RelayRequest,
  ) {}

  /**
   * Returns the body for a deployment.
   * @param mayAskForUsage false when the upstream refuses `stream_options`
   */
  of(deployment: DeploymentSettings, mayAskForUsage: boolean): UpstreamBody {
    const { upstreamModel } = deployment;
    const asksForUsage = mayAskForUsage && isUsageMissing(this.request, deployment);
    for (const { model, body } of this.made)
      if (model === upstreamModel && body.asksForUsage === asksForUsage) return body;
    const bytes = this.endpoint.body(this.request, { upstreamModel, asksForUsage });
    const body = { bytes, asksForUsage };
    this.made.push({ model: upstreamModel, body });
    return body;
  }
}

/** The client did not ask for the usage of its stream, and the gateway may. */
function isUsageMissing(request: RelayRequest, deployment: DeploymentSettings): boolean {
  return (
    request.isStream &&
    !request.wantsUsage &&
    deployment.streamUsage !== 'off' &&
    DIALECTS[deployment.dialect].knowsIncludeUsage(deployment)
  );
}
