import { ApiProperty } from '@nestjs/swagger';
import { modeOf } from '../models/model-mode.js';
import type { CheckedDeployment } from './health-checks.service.js';

/** A deployment with what its last check found, in LiteLLM's form. */
export type EndpointHealth = Readonly<Record<string, unknown>>;

/** The health of deployments, in LiteLLM's form. */
export class HealthChecksResponse {
  @ApiProperty({ type: [Object] })
  readonly healthy_endpoints: readonly EndpointHealth[];

  /** Each with its `error`. */
  @ApiProperty({ type: [Object] })
  readonly unhealthy_endpoints: readonly EndpointHealth[];

  /** Ours: what was not checked, or whose check failed for a reason of the gateway, as `error` says. */
  @ApiProperty({ type: [Object] })
  readonly unchecked_endpoints: readonly EndpointHealth[];

  @ApiProperty()
  readonly healthy_count: number;

  @ApiProperty()
  readonly unhealthy_count: number;

  /** @param showsDetails false leaves but the model and the id of each */
  constructor(results: readonly CheckedDeployment[], showsDetails: boolean) {
    const of = (isHealthy: boolean | null) =>
      results
        .filter(({ health }) => health.isHealthy === isHealthy)
        .map((one) => endpointOf(one, showsDetails));
    this.healthy_endpoints = of(true);
    this.unhealthy_endpoints = of(false);
    this.unchecked_endpoints = of(null);
    this.healthy_count = this.healthy_endpoints.length;
    this.unhealthy_count = this.unhealthy_endpoints.length;
  }
}

function endpointOf(
  { deployment, health }: CheckedDeployment,
  showsDetails: boolean,
): EndpointHealth {
  const { provider, upstreamModel, id, modelGroup, apiBase } = deployment;
  const { problem, checkedAtMs } = health;
  const named = { model: `${provider}/${upstreamModel}`, model_id: id };
  if (!showsDetails) return named;
  return {
    ...named,
    model_name: modelGroup,
    mode: modeOf(deployment),
    api_base: apiBase,
    checked_at: new Date(checkedAtMs).toISOString(),
    ...(problem === null ? {} : { error: problem }),
  };
}
