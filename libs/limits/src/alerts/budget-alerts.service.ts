import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, DAY_MS, parseUsd, Turns, within } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { AlertChannels } from './alert-channels.js';
import {
  claimAlerts,
  finishAlert,
  locksAlerts,
  spendOf,
  storeAlerts,
  type ClaimedAlert,
} from './alert-store.js';
import { SubjectLimits, type Subject } from './subject-limits.js';
import { reachedThreshold, watchedBudgetsOf, type WatchedBudget } from './watched-budgets.js';

const INTERVAL_MS = 15_000;
/** Spend is counted to the quarter of its admission, which lies back as long as the longest stream takes. */
const LOOK_BACK_MS = 3 * 60 * 60 * 1_000;
/** After a start, the journal may book what another process admitted. */
const FIRST_LOOK_BACK_MS = DAY_MS;
const MAX_BUDGETS_PER_STATEMENT = 1_000;
const LEASE_MS = 2 * 60 * 1_000;
const FIRST_PAUSE_MS = 15_000;
const MAX_PAUSE_MS = 60 * 60 * 1_000;
const LAST_RUN_LIMIT_MS = 1_000;

/**
 * Sends an alert when a budget has reached a percentage, once for each window and percentage with any number of
 * replicas; of several that were reached since the last look, the highest alone. The row of an alert is stored before it is sent, and one process at a time sends it. A receiver that cannot be
 * reached gets it later; after a crash it may get it twice, with the same id.
 */
@Injectable()
export class BudgetAlerts implements OnModuleDestroy {
  private readonly logger = new Logger('BudgetAlerts');
  private readonly runs = new Turns();
  private hasLooked = false;

  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly subjects: SubjectLimits,
    private readonly channels: AlertChannels,
    private readonly clock: Clock,
  ) {}

  /** Waits a second for a run that is under way. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_RUN_LIMIT_MS, this.runs.idle);
  }

  /** Finds and sends what is due. One run at a time; failures are logged. */
  @Interval('alerts.run', INTERVAL_MS)
  async run(): Promise<void> {
    await this.runs.take(() => this.runOnce());
  }

  private async runOnce(): Promise<void> {
    if (this.channels.names.length === 0) return;
    try {
      await this.look();
      await this.deliver();
    } catch (error) {
      this.logger.warn(`alerts have to wait: ${String(error)}`);
    }
  }

  /** Every process reads which budgets may have passed something; one of them evaluates and stores it. */
  private async look(): Promise<void> {
    const lookBackMs = this.hasLooked ? LOOK_BACK_MS : FIRST_LOOK_BACK_MS;
    const since = new Date(this.clock.nowMs() - lookBackMs);
    const subjects = await this.database.read((manager) =>
      manager.query<Subject[]>(
        'SELECT DISTINCT scope, id FROM spend_quarters WHERE quarter >= $1 ORDER BY scope, id',
        [since],
      ),
    );
    const budgets = await this.budgetsOf(subjects);
    for (let first = 0; first < budgets.length; first += MAX_BUDGETS_PER_STATEMENT)
      await this.evaluate(budgets.slice(first, first + MAX_BUDGETS_PER_STATEMENT));
    this.hasLooked = true;
  }

  private async budgetsOf(subjects: readonly Subject[]): Promise<readonly WatchedBudget[]> {
    const { calendar, gateway, providers } = this.settings.current.budgets;
    const time = { calendar, nowMs: this.clock.nowMs() };
    const budgets = [...watchedBudgetsOf({ scope: 'gateway', id: '', limits: gateway }, time)];
    for (const [id, limits] of Object.entries(providers))
      budgets.push(...watchedBudgetsOf({ scope: 'provider', id, limits }, time));
    for (const subject of subjects) {
      const limits = await this.subjects.of(subject);
      budgets.push(...watchedBudgetsOf({ ...subject, limits }, time));
    }
    return budgets;
  }

  private async evaluate(budgets: readonly WatchedBudget[]): Promise<void> {
    const { thresholds } = this.settings.current.alerts;
    const stored = { channels: this.channels.names, now: this.clock.now() };
    await this.database.background(async (unit) => {
      if (!(await locksAlerts(unit))) return;
      const spends = await spendOf(unit, budgets);
      const passages = budgets.flatMap((budget, index) => {
        const spent = parseUsd(spends[index] ?? '0') + budget.carried;
        const threshold = reachedThreshold(budget, spent, thresholds);
        return threshold === null ? [] : [{ budget, spent, threshold }];
      });
      await storeAlerts(unit, passages, stored);
    });
  }

  private async deliver(): Promise<void> {
    const now = this.clock.now();
    const leaseEnd = new Date(now.getTime() + LEASE_MS);
    const claimed = await this.database.background((unit) => claimAlerts(unit, { now, leaseEnd }));
    await Promise.all(claimed.map((alert) => this.send(alert)));
  }

  private async send(alert: ClaimedAlert): Promise<void> {
    const attempts = await Promise.all(
      alert.pending.map(async (channel) => ((await this.isTaken(channel, alert)) ? [] : [channel])),
    );
    const now = this.clock.now();
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (alert.attempts - 1), MAX_PAUSE_MS);
    const nextAttemptAt = new Date(now.getTime() + pauseMs);
    const ended = { alertId: alert.alertId, pending: attempts.flat(), nextAttemptAt };
    await this.database.background((unit) => finishAlert(unit, ended, now));
  }

  private async isTaken(channel: string, alert: ClaimedAlert): Promise<boolean> {
    try {
      await this.channels.send(channel, alert);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.logger.warn(`alert ${alert.alertId} was not sent to ${channel}: ${reason}`);
      return false;
    }
  }
}
