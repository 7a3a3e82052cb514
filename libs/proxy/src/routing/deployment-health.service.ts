import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import type { ModelGroup } from './model-registry.js';

/** What the last check of a deployment found. */
export interface CheckedHealth {
  /** `null` where the check said nothing of the deployment. */
  readonly isHealthy: boolean | null;
  readonly checkedAtMs: number;
  /** Why it is not healthy, or was not checked; `null` when it is healthy. */
  readonly problem: string | null;
}

/** Intervals for which a result counts: one check may be late. */
const VALID_INTERVALS = 3;

/** The health of deployments as their last checks in this replica found it. */
@Injectable()
export class DeploymentHealthService {
  private readonly results = new Map<string, CheckedHealth>();

  /**
   * @param settings whether health decides about routing, and for how long a result counts
   * @param clock the time of day
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /** Notes the result of a check. */
  note({ id }: Pick<DeploymentSettings, 'id'>, result: CheckedHealth): void {
    this.results.set(id, result);
  }

  /** Returns what the last check found; `null` before the first one. */
  lastOf({ id }: Pick<DeploymentSettings, 'id'>): CheckedHealth | null {
    return this.results.get(id) ?? null;
  }

  /**
   * Returns a group without the deployments that the last check found unhealthy, where `enable_health_check_routing` is on and
   * others are left; else the same group.
   */
  preferredOf(group: ModelGroup): ModelGroup {
    const { decidesRouting, intervalSeconds } = this.settings.current.health;
    if (!decidesRouting) return group;
    const sinceMs = this.clock.nowMs() - VALID_INTERVALS * intervalSeconds * 1_000;
    const deployments = group.deployments.filter((one) => !this.isUnhealthy(one, sinceMs));
    const isSame = deployments.length === 0 || deployments.length === group.deployments.length;
    return isSame ? group : { ...group, deployments };
  }

  private isUnhealthy(deployment: DeploymentSettings, sinceMs: number): boolean {
    const last = this.lastOf(deployment);
    return last?.isHealthy === false && last.checkedAtMs > sinceMs;
  }
}
