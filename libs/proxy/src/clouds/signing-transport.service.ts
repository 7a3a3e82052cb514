import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { GatehouseError, memoizeByObject } from '#libs/common';
import {
  SettingsStore,
  type AmazonAccess,
  type CloudAccess,
  type DeploymentSettings,
  type GoogleAccess,
} from '#libs/config';
import { OutboundDispatcher } from '#libs/network';
import {
  UpstreamTransport,
  type CallLimits,
  type UpstreamCall,
  type UpstreamRequest,
} from '../upstream/upstream-call.js';
import { AmazonCredentials } from './amazon-credentials.js';
import { signedRequest } from './aws-signature.js';
import { GoogleTokens } from './google-tokens.js';

/** Makes the calls to deployments, also those on clouds, which want a proof of who asks. What proves it is never logged. */
@Injectable()
export class SigningTransport implements OnModuleDestroy {
  private readonly logger = new Logger('Relay');
  private readonly way: OutboundDispatcher;
  private readonly tokensOf = memoizeByObject(
    ({ credentials }: GoogleAccess) => new GoogleTokens(credentials, this.way),
  );
  private readonly credentialsOf = memoizeByObject(
    (access: AmazonAccess) => new AmazonCredentials(access, this.way),
  );

  /**
   * @param settings for the way to other servers
   * @param upstream sends what is signed
   */
  constructor(
    settings: SettingsStore,
    private readonly upstream: UpstreamTransport,
  ) {
    this.way = new OutboundDispatcher(settings.current.network, { connections: 2 });
  }

  /**
   * Returns a request with the credential that it needs; the same one for a deployment that is on no cloud, and
   * `upstream_credential_rejected` where no credential can be got.
   */
  signed(
    { id, cloud }: Pick<DeploymentSettings, 'id' | 'cloud'>,
    request: UpstreamRequest,
  ): UpstreamRequest | Promise<UpstreamRequest | GatehouseError> {
    return cloud === undefined ? request : this.withProof(id, cloud, request);
  }

  /** Starts a call. Its request has its credential already. */
  send(request: UpstreamRequest, limits: CallLimits): UpstreamCall {
    return this.upstream.send(request, limits);
  }

  /** Closes the connections. */
  async onModuleDestroy(): Promise<void> {
    await this.way.destroy();
  }

  private async withProof(
    id: string,
    cloud: CloudAccess,
    request: UpstreamRequest,
  ): Promise<UpstreamRequest | GatehouseError> {
    try {
      if (cloud.kind === 'amazon') {
        const credential = await this.credentialsOf(cloud).current();
        return { ...request, ...signedRequest(request, request.body, credential, new Date()) };
      }
      const token = await this.tokensOf(cloud).current();
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
    } catch (error) {
      return this.failure(id, error);
    }
  }

  /** Neither the message nor the cause is kept: a library may quote what it has sent. */
  private failure(deployment: string, error: unknown): GatehouseError {
    const failure = reasonOf(error);
    this.logger.warn(`deployment ${deployment} has no credential of its cloud: ${failure}`);
    return new GatehouseError('upstream_credential_rejected', { context: { deployment, failure } });
  }
}

/** The code or the status of a failure alone. */
function reasonOf(error: unknown): string {
  const { status, code } = error as { readonly status?: unknown; readonly code?: unknown };
  if (typeof status === 'number') return `status ${String(status)} of its server`;
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'it cannot be used';
}
