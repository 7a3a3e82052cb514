import { Injectable } from '@nestjs/common';
import {
  Clock,
  isGatehouseError,
  memoizeByObject,
  scanJsonObject,
  type ErrorCode,
} from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { RelayService } from '../relay/relay.service.js';
import type { CheckedHealth } from '../routing/deployment-health.service.js';
import { isSuccessStatus } from '../upstream/response-headers.js';
import { gatewayAccess } from './gateway-access.js';
import { ProbeConnection, type ProbeResponse } from './probe-connection.js';
import { probeRequestOf, type ProbeRequest } from './probe-request.js';

/** Failures of the deployment. Every other one is of the gateway, and says nothing of it. */
const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_invalid',
  'upstream_credential_rejected',
]);
const MAX_MESSAGE_LENGTH = 300;

/** Checks a deployment by the least call of its mode, with the relay: the call is admitted, recorded and booked as any other. */
@Injectable()
export class HealthProbeService {
  /** @param clock the time of day */
  constructor(
    private readonly relay: RelayService,
    private readonly clock: Clock,
  ) {}

  /** Calls a deployment, and tells whether it answered. Never rejects. */
  async check(deployment: DeploymentSettings): Promise<CheckedHealth> {
    const request = probeRequestOf(deployment);
    if (typeof request === 'string') return this.result(null, `It ${request}.`);
    try {
      const response = await this.call(probedAs(deployment), request);
      if (response === null) return this.result(false, 'There was no response.');
      if (isSuccessStatus(response.status)) return this.result(true, null);
      return this.result(false, problemOf(response));
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      return this.result(
        FAILURES.has(error.code) ? false : null,
        `${error.code}: ${error.message}`,
      );
    }
  }

  private async call(
    deployment: DeploymentSettings,
    { operation, body }: ProbeRequest,
  ): Promise<ProbeResponse | null> {
    const client = new ProbeConnection();
    const access = gatewayAccess();
    const model = deployment.modelGroup;
    const bytes = Buffer.from(JSON.stringify({ model, ...body }));
    const state = {
      requestId: access.requestId,
      clientRequestId: null,
      startedAtMs: performance.now(),
      scan: scanJsonObject(bytes),
      log: {},
    };
    const ownGroup = { name: model, deployments: [deployment] };
    await this.relay.relay(
      { ...operation, maxRetries: 0 },
      {
        access,
        state,
        pathModel: null,
        target: '/health',
        headers: { 'user-agent': 'gatehouse' },
        client,
        ownGroup,
      },
    );
    return client.received;
  }

  private result(isHealthy: boolean | null, problem: string | null): CheckedHealth {
    return { isHealthy, problem, checkedAtMs: this.clock.nowMs() };
  }
}

/** The same objects as long as the settings stay, for what is kept by deployment. */
const probedAs = memoizeByObject((deployment: DeploymentSettings): DeploymentSettings => {
  const { healthCheck, upstreamModel } = deployment;
  return {
    ...deployment,
    upstreamModel: healthCheck.model ?? upstreamModel,
    timeoutSeconds: healthCheck.timeoutSeconds,
  };
});

/** A refused credential is a failure of its own and never comes here, so that no response repeats it. */
function problemOf({ status, body }: ProbeResponse): string {
  const text = `status ${String(status)}`;
  try {
    const { error } = JSON.parse(body.toString()) as { error?: unknown };
    const message = typeof error === 'string' ? error : (error as { message?: unknown }).message;
    return typeof message === 'string' ? `${text}: ${message.slice(0, MAX_MESSAGE_LENGTH)}` : text;
  } catch {
    return text;
  }
}
