import { Logger } from '@nestjs/common';
import { isGatehouseError, type Clock } from '#libs/common';
import type { SettingsStore } from '#libs/config';
import { shownAddress } from '../provider/document-address.js';
import type { KeyAddress, KeySetLoader } from './key-set-loader.js';
import type { KeySetStore } from './key-set-store.js';
import { KeySet } from './key-set.js';
import { RefreshSchedule } from './refresh-schedule.js';

/** What readiness tells about one source of keys. */
export interface KeySetStatus {
  /** Address without user information and query. */
  readonly address: string;
  /** `fresh`; `stale`: the provider is overdue but its keys still count; `unavailable`: none usable. */
  readonly state: 'fresh' | 'stale' | 'unavailable';
  readonly keyCount: number;
  readonly refusedKeyCount: number;
  /** Seconds since the provider published them to us; `null` when never. */
  readonly ageSeconds: number | null;
  /** Why the last attempt failed; `null` when it did not. */
  readonly problem: string | null;
  /** What the discovery document says otherwise than the configuration; `null` when nothing. */
  readonly notice: string | null;
  /** Why the last good set could not be kept for a restart; `null` when it was. */
  readonly storageProblem: string | null;
}

/** What every source works with. */
export interface KeySourceTools {
  readonly settings: SettingsStore;
  readonly loader: KeySetLoader;
  readonly store: KeySetStore;
  readonly clock: Clock;
}

/** A younger set is never refreshed, so that a TTL of 0 does not cause a fetch per request. */
const MIN_AGE_MS = 1_000;
/** Longer waits are cut into pieces: a timer overflows after 24 days. */
const MAX_TIMER_MS = 3_600_000;

/**
 * The keys at one address through time. At most one fetch runs; a set is replaced as a whole by the
 * next good one and by nothing else. Beyond the soft age a refresh starts in the background and the
 * old set goes on serving until the hard age.
 */
export class KeySource {
  private readonly logger = new Logger('KeySource');
  private readonly schedule = new RefreshSchedule();
  private readonly end = new AbortController();
  private readonly shown: string;
  private current: KeySet | null = null;
  private running: { readonly kind: 'load' | 'demand'; readonly done: Promise<void> } | null = null;
  private problem: string | null = null;
  private notice: string | null = null;
  private storageProblem: string | null = null;
  private refusals = '';
  private isReportedUnavailable = false;
  private timer: NodeJS.Timeout | null = null;
  private saved: Promise<void> = Promise.resolve();
  private generations = 0;

  /**
   * @param address where the keys are published
   * @param tools what fetches, keeps and times them
   */
  constructor(
    readonly address: KeyAddress,
    private readonly tools: KeySourceTools,
  ) {
    this.shown = shownAddress(address.url);
  }

  /** Counts the sets that this source has had. */
  get generation(): number {
    return this.generations;
  }

  /** Milliseconds until a failed source may be asked again. */
  get pauseMs(): number {
    return this.schedule.pauseMs(this.tools.clock.nowMs());
  }

  /**
   * The set that counts now, `null` when none was ever loaded or the last is beyond its hard age.
   * Starts a refresh in the background when one is due.
   */
  usable(): KeySet | null {
    const set = this.current;
    if (set === null) return null;
    const age = this.ageMs(set);
    if (set.isRestored || age > this.softAgeMs()) this.loadIfDue();
    return age <= this.hardAgeMs() ? set : null;
  }

  /** Resolves when a first load or scheduled refresh has ended, at once when none may start now. */
  async obtain(): Promise<void> {
    this.loadIfDue();
    await this.running?.done;
  }

  /**
   * Looks for a key that the set lacks: resolves when a refresh has ended, shared by all who wait.
   * During the cooldown there is none, and it resolves at once.
   */
  async refreshOnDemand(): Promise<void> {
    // A load under way may have been answered before the key was published.
    if (this.running?.kind === 'load') await this.running.done;
    if (this.running !== null) {
      await this.running.done;
      return;
    }
    const cooldownMs = this.tools.settings.current.jwt.jwks.cooldownSeconds * 1000;
    if (!this.schedule.tryOnDemandRefresh(this.tools.clock.nowMs(), cooldownMs)) return;
    await this.start('demand');
    this.schedule.demandEnded(this.problem === null, cooldownMs);
  }

  /** Loads now and keeps the set fresh from then on, traffic or not. */
  keepFresh(): void {
    if (this.end.signal.aborted) return;
    const set = this.current;
    // Before the soft age ends, so that a removed key is gone by then even without traffic.
    const isDue = set === null || set.isRestored || this.ageMs(set) >= this.softAgeMs() * 0.9;
    const ended = isDue ? this.obtain() : Promise.resolve();
    void ended.then(() => {
      this.wakeLater();
    });
  }

  /** Stops the background refreshes; resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.end.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    await this.running?.done;
    await this.saved;
  }

  /** What readiness tells. */
  status(): KeySetStatus {
    const set = this.current;
    return {
      address: this.shown,
      state: this.state(),
      keyCount: set?.keys.length ?? 0,
      refusedKeyCount: set?.refusedCount ?? 0,
      ageSeconds: set === null ? null : Math.round(this.ageMs(set) / 1000),
      problem: this.problem,
      notice: this.notice,
      storageProblem: this.storageProblem,
    };
  }

  private state(): KeySetStatus['state'] {
    const set = this.current;
    if (set === null || this.ageMs(set) > this.hardAgeMs()) return 'unavailable';
    return set.isRestored || this.ageMs(set) > this.softAgeMs() ? 'stale' : 'fresh';
  }

  /** How much longer the set counts; the millisecond of the hard age itself is the last. */
  private usableMs(): number {
    return this.current === null ? 0 : Math.max(0, this.hardAgeMs() - this.ageMs(this.current) + 1);
  }

  private ageMs(set: KeySet): number {
    return this.tools.clock.nowMs() - set.loadedAtMs;
  }

  private loadIfDue(): void {
    if (this.running === null && this.schedule.mayLoad(this.tools.clock.nowMs())) {
      void this.start('load');
    }
  }

  /** Never rejects: what went wrong is in {@link problem}. */
  private start(kind: 'load' | 'demand'): Promise<void> {
    const done = this.attempt().finally(() => {
      this.running = null;
    });
    this.running = { kind, done };
    return done;
  }

  private async attempt(): Promise<void> {
    try {
      const admission = await this.tools.loader.load(this.address, this.end.signal);
      const loadedAtMs = this.tools.clock.nowMs();
      this.accept(new KeySet(admission, { loadedAtMs, isRestored: false }));
      this.warnOfNotice(admission.notice);
      this.warnAbout(admission.refusals.map(({ index, problem }) => `key ${index}: ${problem}`));
    } catch (error) {
      await this.fail(error);
    }
  }

  private accept(set: KeySet): void {
    this.current = set;
    this.generations += 1;
    this.problem = null;
    this.isReportedUnavailable = false;
    this.schedule.succeeded();
    this.saved = this.saved
      .then(() => this.tools.store.save(this.address, set))
      .then(() => {
        this.storageProblem = null;
      })
      .catch((error: unknown) => {
        this.storageProblem = String(error);
        this.logger.warn({ message: 'the key set could not be kept', error: String(error) });
      });
  }

  private async fail(error: unknown): Promise<void> {
    const { problem } = isGatehouseError(error) ? error.context : { problem: String(error) };
    this.problem = String(problem);
    if (this.current === null) {
      this.current = await this.tools.store.find(this.address);
      if (this.current !== null) this.generations += 1;
    }
    if (this.end.signal.aborted) return;
    const isUsable = this.state() !== 'unavailable';
    this.schedule.failed(this.tools.clock.nowMs(), this.usableMs());
    this.logFailure(isUsable);
  }

  /** Keys that cannot be had are one warning until they can; a failed refresh is one each. */
  private logFailure(isUsable: boolean): void {
    const isRepeated = !isUsable && this.isReportedUnavailable;
    this.isReportedUnavailable = !isUsable;
    this.logger[isRepeated ? 'debug' : 'warn']({
      message: isUsable
        ? 'the key set could not be refreshed; the last good one goes on serving'
        : 'the key set could not be loaded; tokens of this issuer are refused with 503',
      issuer: this.address.issuer,
      address: this.shown,
      problem: this.problem,
      ageSeconds: this.status().ageSeconds,
    });
  }

  /** Once per change of the document, not once per refresh. */
  private warnAbout(refusals: readonly string[]): void {
    const text = refusals.slice(0, 10).join('; ');
    if (text === this.refusals) return;
    this.refusals = text;
    if (text === '') return;
    const message = 'published keys are left out';
    this.logger.warn({ message, address: this.shown, refusals: text });
  }

  /** Once per change, as above. */
  private warnOfNotice(notice: string | null): void {
    const isNew = notice !== null && notice !== this.notice;
    this.notice = notice;
    if (!isNew) return;
    const message = 'the discovery document differs from the configuration';
    this.logger.warn({ message, address: this.shown, problem: notice });
  }

  private wakeLater(): void {
    if (this.end.signal.aborted) return;
    const age = this.current === null ? 0 : this.ageMs(this.current);
    const untilDue = this.softAgeMs() * (0.9 + 0.1 * Math.random()) - age;
    const waitMs = this.problem === null ? untilDue : this.pauseMs;
    this.timer = setTimeout(
      () => {
        this.keepFresh();
      },
      Math.min(Math.max(waitMs, MIN_AGE_MS), MAX_TIMER_MS),
    ).unref();
  }

  private softAgeMs(): number {
    return Math.max(this.tools.settings.current.jwt.publicKeyTtlSeconds * 1000, MIN_AGE_MS);
  }

  private hardAgeMs(): number {
    return this.softAgeMs() + this.tools.settings.current.jwt.publicKeyStaleTtlSeconds * 1000;
  }
}
