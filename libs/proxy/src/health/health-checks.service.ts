import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import {
  DeploymentHealthService,
  type CheckedHealth,
} from '../routing/deployment-health.service.js';
import { HealthProbeService } from './health-probe.service.js';

/** How often it is looked whether a check is due. */
const TICK_MS = 1_000;

/** A deployment with what its last check found. */
export interface CheckedDeployment {
  readonly deployment: DeploymentSettings;
  readonly health: CheckedHealth;
}

/** Checks the health of deployments: when an administrator asks, and at an interval where that is configured. */
@Injectable()
export class HealthChecksService {
  private readonly logger = new Logger('Health');
  private background: Promise<void> | null = null;
  private nextMs = 0;

  /**
   * @param settings the configuration of the moment
   * @param health where results are kept
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly probes: HealthProbeService,
    private readonly health: DeploymentHealthService,
    private readonly clock: Clock,
  ) {}

  /** Checks in the background what is to be checked there, when it is due. One run at a time. */
  @Interval('health.check', TICK_MS)
  async tick(): Promise<void> {
    const { deployments, health } = this.settings.current;
    if (!health.isInBackground || this.background !== null || this.clock.nowMs() < this.nextMs)
      return;
    this.nextMs = this.clock.nowMs() + health.intervalSeconds * 1_000;
    this.background = this.run(deployments.filter((one) => one.healthCheck.isInBackground));
    try {
      await this.background;
    } finally {
      this.background = null;
    }
  }

  /**
   * Returns the health of deployments. Those that are checked in the background have the result of the last check there; the
   * others are called now.
   */
  async resultsOf(
    deployments: readonly DeploymentSettings[],
  ): Promise<readonly CheckedDeployment[]> {
    const { isInBackground } = this.settings.current.health;
    const isKnown = (one: DeploymentSettings): boolean =>
      isInBackground && one.healthCheck.isInBackground && this.health.lastOf(one) !== null;
    await this.run(deployments.filter((one) => !isKnown(one)));
    return deployments.flatMap((deployment) => {
      const health = this.health.lastOf(deployment);
      return health === null ? [] : [{ deployment, health }];
    });
  }

  private async run(deployments: readonly DeploymentSettings[]): Promise<void> {
    const waiting = [...deployments];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await this.check(next);
    };
    const { concurrency } = this.settings.current.health;
    await Promise.all(Array.from({ length: Math.min(concurrency, deployments.length) }, work));
  }

  private async check(deployment: DeploymentSettings): Promise<void> {
    const before = this.health.lastOf(deployment)?.isHealthy;
    const result = await this.probes.check(deployment);
    this.health.note(deployment, result);
    const { isHealthy, problem } = result;
    if (isHealthy === false && before !== false)
      this.logger.warn(`deployment ${deployment.id} is unhealthy: ${String(problem)}`);
    if (isHealthy === true && before === false)
      this.logger.log(`deployment ${deployment.id} is healthy again`);
  }
}
