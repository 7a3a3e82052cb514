import type { IncomingHttpHeaders } from 'node:http';
import type { ByteSequence } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { dialectOf, operationOf, wireOf } from '../dialects/dialect-table.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import type { BodyTarget, RelayRequest } from '../endpoints/request/relay-request.js';

/** What a deployment is sent for a call. */
export interface UpstreamBody {
  readonly bytes: ByteSequence;
  /** The gateway asks for the usage of the stream, which the client did not. */
  readonly asksForUsage: boolean;
}

/** The bodies of one call, each made once: its cost is admitted by their lengths, then one is sent. */
export class UpstreamBodies {
  /** One or very few. */
  private readonly made: { readonly target: BodyTarget; readonly bytes: ByteSequence }[] = [];

  /** @param headers those of the client */
  constructor(
    private readonly endpoint: Pick<Operation, 'body' | 'wire' | 'route' | 'operation'>,
    private readonly request: RelayRequest,
    private readonly headers: IncomingHttpHeaders = {},
  ) {}

  /**
   * Returns the body for a deployment.
   * @param mayAskForUsage false when the upstream refuses `stream_options`
   * @param outputLimit tokens to which the output of one choice is lowered; `null` for none
   */
  of(
    deployment: DeploymentSettings,
    mayAskForUsage: boolean,
    outputLimit: number | null = null,
  ): UpstreamBody {
    const { upstreamModel, droppedMembers } = deployment;
    const asksForUsage = mayAskForUsage && this.isUsageMissing(deployment);
    const dialect = dialectOf(deployment, wireOf(this.endpoint));
    const members = dialect.bodyMembers?.(this.headers, deployment, operationOf(this.endpoint));
    const wanted = { upstreamModel, asksForUsage, outputLimit, droppedMembers };
    const target: BodyTarget = members === undefined ? wanted : { ...wanted, members };
    const known = this.made.find((one) => isSame(one.target, target));
    if (known !== undefined) return { bytes: known.bytes, asksForUsage };
    const plain = this.endpoint.body(this.request, target);
    const bytes = dialect.wrapped?.(plain, operationOf(this.endpoint)) ?? plain;
    this.made.push({ target, bytes });
    return { bytes, asksForUsage };
  }

  /** The client did not ask for the usage of its stream, and the gateway may. */
  private isUsageMissing(deployment: DeploymentSettings): boolean {
    const { isStream, wantsUsage } = this.request;
    return (
      isStream &&
      !wantsUsage &&
      deployment.streamUsage !== 'off' &&
      dialectOf(deployment, wireOf(this.endpoint)).knowsIncludeUsage(deployment)
    );
  }
}

function isSame(a: BodyTarget, b: BodyTarget): boolean {
  return (
    a.upstreamModel === b.upstreamModel &&
    a.asksForUsage === b.asksForUsage &&
    a.outputLimit === b.outputLimit &&
    a.droppedMembers === b.droppedMembers &&
    a.members === b.members
  );
}
