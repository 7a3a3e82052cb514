import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { KeySetManager, type KeySetStatus } from '#libs/auth';
import type { ErrorCode } from '#libs/common';
import { SettingsStore, type ConfigWarning } from '#libs/config';
import { RedisConnection, type RedisState } from '#libs/redis';
import { ReadinessIndicators, type ReadinessCheck } from './readiness-indicators.js';

/** The result of readiness. */
export interface Readiness {
  /** The reasons why requests cannot be served, as stable codes; empty when they can. */
  readonly causes: readonly ErrorCode[];
  /** LiteLLM's word for the state of the database. */
  readonly db: 'connected' | 'Not connected';
  /** How many trusted issuers have no usable keys: their tokens are 503, those of the others are served. */
  readonly issuers_without_keys: number;
}

/** {@link Readiness} with the details that administrators may see. */
export interface ReadinessDetails extends Readiness {
  readonly status: 'healthy' | 'unhealthy';
  /** Deployments that are not served: a variable that they name is unset, or this version does not support them. */
  readonly omitted_deployments: readonly {
    readonly model_name: string;
    readonly path: string;
    readonly variable?: string;
    readonly reason?: string;
  }[];
  readonly warnings: readonly ConfigWarning[];
  readonly key_sets: readonly KeySetStatus[];
  /** The reason why the spend journal cannot be written; `null` when it can. */
  readonly spend_journal_problem: string | null;
  /** `null` without `gatehouse.redis`. Its loss takes no process out of service. */
  readonly redis: RedisState | null;
}

/**
 * Evaluates whether this process can serve requests now, from memory, except that a probe is written to the
 * spend journal's disk at most once a second.
 */
@Injectable()
export class ReadinessService {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: ReadinessIndicators,
    private readonly keySets: KeySetManager,
    private readonly settings: SettingsStore,
    private readonly redis: RedisConnection,
  ) {}

  /** The state of this moment. */
  async evaluate(): Promise<Readiness> {
    return this.conclude(await this.check());
  }

  /** {@link evaluate} with its surroundings, for administrators alone: it names addresses and variables. */
  async details(): Promise<ReadinessDetails> {
    const check = await this.check();
    const readiness = this.conclude(check);
    const { omittedDeployments, warnings } = this.settings.current;
    return {
      status: readiness.causes.length === 0 ? 'healthy' : 'unhealthy',
      ...readiness,
      omitted_deployments: omittedDeployments.map(({ modelGroup, ...why }) => ({
        model_name: modelGroup,
        ...why,
      })),
      warnings,
      key_sets: this.keySets.status(),
      spend_journal_problem: check.details.spend_journal.problem ?? null,
      redis: this.redis.state(),
    };
  }

  /** Terminus throws the result of a check that fails. */
  private async check(): Promise<ReadinessCheck> {
    try {
      return (await this.health.check(this.indicators.all)) as ReadinessCheck;
    } catch (error) {
      if (error instanceof ServiceUnavailableException)
        return error.getResponse() as ReadinessCheck;
      throw error;
    }
  }

  private conclude({ details }: ReadinessCheck): Readiness {
    return {
      causes: Object.values(details).flatMap(({ cause }) => cause ?? []),
      db: details.database.status === 'up' ? 'connected' : 'Not connected',
      issuers_without_keys: this.keySets.issuersWithoutKeys(),
    };
  }
}
