import { Injectable } from '@nestjs/common';
import {
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { KeySetManager } from '#libs/auth';
import type { ErrorCode } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { SpendRecorder } from '#libs/spend';
import { OpenRequests } from '../lifecycle/lifecycle.js';

/** What an indicator says of its part beside `up` or `down`. */
interface IndicatorDetails {
  /** Why requests cannot be served; absent while the part is up. */
  readonly cause?: ErrorCode;
  /** The reason of the operating system or the disk. */
  readonly problem?: string;
}

type Indicator = 'process' | 'database' | 'spend_journal' | 'key_sets';
type IndicatorResult<I extends Indicator> = HealthIndicatorResult<
  I,
  'up' | 'down',
  IndicatorDetails
>;

/** The result of a check of all {@link ReadinessIndicators}. */
export type ReadinessCheck = HealthCheckResult<IndicatorResult<Indicator>>;

/** The parts without which the next call would fail. All but the journal's disk are read from memory. */
@Injectable()
export class ReadinessIndicators {
  /** In the order in which their causes are listed. */
  readonly all = [
    () => this.indicate('process', this.lifecycle.isStopping && { cause: 'shutting_down' }),
    () => this.indicate('database', !this.database.isReady() && { cause: 'database_unavailable' }),
    async () => this.indicate('spend_journal', journalDetails(await this.spend.problem())),
    () => this.indicate('key_sets', this.isWithoutKeys() && { cause: 'auth_provider_unavailable' }),
  ];

  /**
   * @param lifecycle whether the process is stopping
   * @param settings whether tokens are used at all
   * @param spend whether calls can be recorded
   */
  constructor(
    private readonly results: HealthIndicatorService,
    private readonly lifecycle: OpenRequests,
    private readonly database: Database,
    private readonly keySets: KeySetManager,
    private readonly settings: SettingsStore,
    private readonly spend: SpendRecorder,
  ) {}

  private indicate<I extends Indicator>(
    name: I,
    details: IndicatorDetails | false,
  ): IndicatorResult<I> {
    const result = this.results.check(name);
    return details === false ? result.up() : result.down({ ...details });
  }

  /** One dead key set does not take the process out of service as long as another can be used. */
  private isWithoutKeys(): boolean {
    if (!this.settings.current.jwt.enabled) return false;
    return this.keySets.status().every(({ state }) => state === 'unavailable');
  }
}

function journalDetails(problem: string | null): IndicatorDetails | false {
  return problem !== null && { cause: 'spend_journal_unavailable', problem };
}
