import { Injectable } from '@nestjs/common';
import { KeySetManager, type KeySetStatus } from '#libs/auth';
import type { ErrorCode } from '#libs/common';
import { SettingsStore, type ConfigWarning } from '#libs/config';
import { Database } from '#libs/database';
import { SpendRecorder } from '#libs/spend';
import { OpenRequests } from '../lifecycle/lifecycle.js';

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
}

/**
 * Evaluates whether this process can serve requests now, from memory, except that a probe is written to the
 * spend journal's disk at most once a second.
 */
@Injectable()
export class ReadinessService {
  /**
   * @param lifecycle whether the process is stopping
   * @param database whether it can be used
   * @param keySets whether tokens can be verified
   * @param settings whether tokens are used at all
   * @param spend whether calls can be recorded
   */
  constructor(
    private readonly lifecycle: OpenRequests,
    private readonly database: Database,
    private readonly keySets: KeySetManager,
    private readonly settings: SettingsStore,
    private readonly spend: SpendRecorder,
  ) {}

  /** The state of this moment. */
  async evaluate(): Promise<Readiness> {
    return this.conclude(await this.spend.problem());
  }

  /** {@link evaluate} with its surroundings, for administrators alone: it names addresses and variables. */
  async details(): Promise<ReadinessDetails> {
    const problem = await this.spend.problem();
    const readiness = this.conclude(problem);
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
      spend_journal_problem: problem,
    };
  }

  private conclude(journalProblem: string | null): Readiness {
    const isConnected = this.database.isReady();
    const causes: ErrorCode[] = [];
    if (this.lifecycle.isStopping) causes.push('shutting_down');
    if (!isConnected) causes.push('database_unavailable');
    if (journalProblem !== null) causes.push('spend_journal_unavailable');
    if (this.isWithoutKeys()) causes.push('auth_provider_unavailable');
    return {
      causes,
      db: isConnected ? 'connected' : 'Not connected',
      issuers_without_keys: this.keySets.issuersWithoutKeys(),
    };
  }

  /** One dead key set does not take the process out of service as long as another can be used. */
  private isWithoutKeys(): boolean {
    if (!this.settings.current.jwt.enabled) return false;
    return this.keySets.status().every(({ state }) => state === 'unavailable');
  }
}
