import { Injectable } from '@nestjs/common';
import { KeySetManager } from '#libs/auth';
import type { ErrorCode } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { Lifecycle } from '../lifecycle/lifecycle.js';

/** What readiness concluded. */
export interface Readiness {
  /** Why requests cannot be served, by stable code; empty when they can. */
  readonly causes: readonly ErrorCode[];
  /** LiteLLM's word for the state of the database. */
  readonly db: 'connected' | 'Not connected';
}

/** Judges whether this process can serve requests now. Looks at memory alone, so a probe costs nothing. */
@Injectable()
export class ReadinessService {
  /**
   * @param lifecycle whether the process is stopping
   * @param database whether it can be used
   * @param keySets whether tokens can be verified
   * @param settings whether tokens are used at all
   */
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly database: Database,
    private readonly keySets: KeySetManager,
    private readonly settings: SettingsStore,
  ) {}

  /** The state of this moment. */
  judge(): Readiness {
    const isConnected = this.database.isReady();
    const causes: ErrorCode[] = [];
    if (this.lifecycle.isStopping) causes.push('shutting_down');
    if (!isConnected) causes.push('database_unavailable');
    if (this.isWithoutKeys()) causes.push('auth_provider_unavailable');
    return { causes, db: isConnected ? 'connected' : 'Not connected' };
  }

  /** One dead key set does not take the process out of service as long as another can be used. */
  private isWithoutKeys(): boolean {
    if (!this.settings.current.jwt.enabled) return false;
    return this.keySets.status().every(({ state }) => state === 'unavailable');
  }
}
