import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, isGatehouseError, within } from '#libs/common';
import { SettingsStore, type LogLevel } from '#libs/config';
import { CostAdmission } from '#libs/spend';
import { LRUCache } from 'lru-cache';
import type { AccessDecision } from '../call/access-decision.js';
import {
  decisionRecord,
  keptDecision,
  type CallEnding,
  type DecisionRecord,
  type KeptDecision,
} from './decision-record.js';
import { DecisionStoreService } from './decision-store.service.js';

/** Decisions of each kind that memory keeps. */
const RING_SIZE = 1_000;
/** Decisions that wait for the table; more are dropped, because refusals must never cost memory without bound. */
const MAX_WAITING = 1_000;
const FLUSH_INTERVAL_MS = 2_000;
/**
 * How long a shutdown waits for a database that does not respond. Short, because a lost decision
 * costs no money.
 */
const LAST_FLUSH_LIMIT_MS = 1_000;
const PRUNE_INTERVAL_MS = 60 * 60 * 1_000;
/** One of this number of admitted calls is stored. */
const SAMPLE_RATE = 100;
/** Levels that show the steps, as `litellm_settings.set_verbose` asks for. */
const VERBOSE_LEVELS: ReadonlySet<LogLevel> = new Set(['debug', 'trace']);
/** Codes of the refusals of limits. Their status may be any. */
const LIMIT_REFUSALS: ReadonlySet<string | null> = new Set(['budget_exceeded', 'rate_limited']);

/** A decision that is to be stored. Its record is made then. */
interface WaitingDecision {
  readonly decidedAt: Date;
  readonly kept: KeptDecision;
}

/**
 * Keeps decisions so that they can be explained later. Recent ones are in memory, those of unverified
 * callers in a ring of their own, so that a caller without a credential cannot displace the others.
 * Refusals of verified callers and a sample of admitted calls are also written to the table, in
 * batches and after the request. While the database is down, at most {@link MAX_WAITING} wait and
 * further ones are lost.
 */
@Injectable()
export class DecisionLogService implements OnModuleDestroy {
  private readonly logger = new Logger('DecisionLog');
  private readonly verified = new LRUCache<string, KeptDecision>({ max: RING_SIZE });
  private readonly unverified = new LRUCache<string, KeptDecision>({ max: RING_SIZE });
  private waiting: WaitingDecision[] = [];
  private dropped = 0;
  private nextPruneAtMs = 0;
  private flushing: Promise<void> = Promise.resolve();

  /**
   * @param settings model names for the records
   * @param clock the time of decisions
   * @param costs remaining budgets for the records
   */
  constructor(
    private readonly store: DecisionStoreService,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
    private readonly costs: CostAdmission,
  ) {}

  /** Stores what waits, within a second. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_FLUSH_LIMIT_MS, this.flush());
  }

  /**
   * Keeps a decision. Never waits and never fails.
   * @param ending how its answer ended
   */
  record(call: AccessDecision, ending: CallEnding): void {
    const kept = keptDecision(call, ending);
    const ring = kept.principal === null ? this.unverified : this.verified;
    ring.set(kept.trace.decisionId, kept);
    this.tellSteps(kept);
    if (!isStored(kept)) return;
    if (this.waiting.length >= MAX_WAITING) {
      this.dropped += 1;
      return;
    }
    this.waiting.push({ decidedAt: this.clock.now(), kept });
  }

  /**
   * The record of a decision, from memory or the table; `null` when it is in neither.
   * @param decisionId value of `x-gatehouse-decision-id`
   * @throws GatehouseError `database_unavailable` when it is not in memory
   */
  async find(decisionId: string): Promise<DecisionRecord | null> {
    // Peeking keeps the order of arrival: what is looked at is not kept longer for it.
    const recent = this.verified.peek(decisionId) ?? this.unverified.peek(decisionId);
    const kept =
      recent ?? this.waiting.find((one) => one.kept.trace.decisionId === decisionId)?.kept;
    return kept === undefined ? this.store.find(decisionId) : this.recordOf(kept);
  }

  /** Stores what waits and prunes the table when it is time. One flush at a time; failures are logged. */
  @Interval('decisions.flush', FLUSH_INTERVAL_MS)
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushOnce());
    await this.flushing;
  }

  /** Which guard concluded what by which setting, without the ids that a step's sentence may name. */
  private tellSteps({ trace, failure }: KeptDecision): void {
    if (!VERBOSE_LEVELS.has(this.settings.current.logLevel)) return;
    for (const { guard, outcome, config_key: configKey } of trace.steps) {
      const reason = outcome === 'refused' ? (failure?.code ?? null) : null;
      const step = { decisionId: trace.decisionId, guard, outcome, reason, configKey };
      this.logger.debug({ message: 'validation step', ...step });
    }
  }

  private async flushOnce(): Promise<void> {
    const batch = this.waiting;
    if (batch.length === 0) return;
    this.waiting = [];
    try {
      const stored = batch.map(async ({ decidedAt, kept }) => ({
        decidedAt,
        record: await this.recordOf(kept),
      }));
      await this.store.save(await Promise.all(stored));
      await this.pruneWhenDue();
    } catch (error) {
      this.keepForLater(batch, error);
    }
    if (this.dropped > 0) {
      this.logger.warn(`${this.dropped} decisions were not stored: more than the table could take`);
      this.dropped = 0;
    }
  }

  private async pruneWhenDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.nextPruneAtMs) return;
    this.nextPruneAtMs = nowMs + PRUNE_INTERVAL_MS;
    await this.store.prune(new Date(nowMs));
  }

  private keepForLater(batch: readonly WaitingDecision[], error: unknown): void {
    // Only an outage passes; a batch that the table refuses would be refused for ever.
    if (!isGatehouseError(error, 'database_unavailable')) {
      this.logger.error(`decisions could not be stored: ${String(error)}`);
      return;
    }
    const all = [...batch, ...this.waiting];
    this.waiting = all.slice(-MAX_WAITING);
    this.dropped += all.length - this.waiting.length;
  }

  private recordOf(kept: KeptDecision): Promise<DecisionRecord> {
    return decisionRecord(kept, this.settings.current, this.costs);
  }
}

function isStored({ principal, failure, ending, trace }: KeptDecision): boolean {
  if (principal === null) return false;
  if (failure !== null) return failure.status < 500;
  return ending.status === 403 || LIMIT_REFUSALS.has(ending.reason) || isSampled(trace.decisionId);
}

/** The end of an id is random, so it is as good as a throw of dice and repeatable. */
function isSampled(decisionId: string): boolean {
  return Number.parseInt(decisionId.slice(-8), 16) % SAMPLE_RATE === 0;
}
