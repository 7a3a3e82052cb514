import { parseUsd, type PicoUsd } from '#libs/common';
import type { Attribution } from '#libs/access';
import type {
  CallIntent,
  CallOutcome,
  CallProgress,
  CallRef,
  EntryState,
  HeldWindow,
  SpendScope,
} from '../costs/call-records.js';
import { pairId } from '../costs/pair-id.js';
import { keyOf, refOf, type JournalRecord } from '../journal/journal-record.js';

/** A call that ended. */
export interface Settlement {
  readonly ref: CallRef;
  readonly outcome: CallOutcome;
}

/** An entry that the ledger may not know yet: open, or already with its outcome. */
export interface NewEntry {
  readonly intent: CallIntent;
  /** `null` while the call is open. */
  readonly outcome: CallOutcome | null;
}

/** What an open call has relayed so far. */
export interface Progress {
  readonly ref: CallRef;
  readonly progress: CallProgress;
}

interface Attempt {
  intent: CallIntent | null;
  end: Extract<JournalRecord, { kind: 'settlement' | 'release' }> | null;
  progress: Progress | null;
}

/** The rows of a batch of records: each attempt occurs in one list. */
export interface EntryBatch {
  /** Attempts that began in the batch, with their end where that is in it, too. */
  readonly entries: readonly NewEntry[];
  /** Ends of attempts that began before. */
  readonly settlements: readonly Settlement[];
  readonly releases: readonly CallRef[];
  /** Of attempts that are open, the furthest. */
  readonly progress: readonly Progress[];
}

/** Scopes with one id at most. */
type SingleScope = Exclude<SpendScope, 'tag'>;

/** Every scope with one id at most. */
const SINGLE_SCOPES: readonly SingleScope[] = [
  'key',
  'user',
  'team',
  'team_member',
  'org',
  'org_member',
  'end_user',
];

/** Ids of an attribution and tags, as totals are kept for them. */
export interface BookedIds extends Pick<
  Attribution,
  'keyId' | 'userId' | 'teamId' | 'orgId' | 'endUserId'
> {
  /** `null` for none. */
  readonly tags: readonly string[] | null;
}

/** A change of one total. */
export interface TotalChange {
  readonly scope: SpendScope;
  readonly id: string;
  readonly spendPico: PicoUsd;
  readonly reservedPico: PicoUsd;
}

/**
 * Folds records of one journal, in their order, into what the ledger has to do. Of two ends of one
 * attempt the first counts. An attempt that begins and is released in the same batch needs no entry,
 * but is released nevertheless: a replay may find its entry from before.
 * @param records in the order of the journal
 */
export function foldRecords(records: readonly JournalRecord[]): EntryBatch {
  const entries: NewEntry[] = [];
  const settlements: Settlement[] = [];
  const releases: CallRef[] = [];
  const reached: Progress[] = [];
  for (const { intent, end, progress } of attemptsOf(records)) {
    if (end === null && progress !== null) reached.push(progress);
    if (end?.kind === 'release') releases.push(end.ref);
    else if (intent !== null) entries.push({ intent, outcome: end?.outcome ?? null });
    else if (end !== null) settlements.push(end);
  }
  return { entries, settlements, releases, progress: reached };
}

function attemptsOf(records: readonly JournalRecord[]): Iterable<Attempt> {
  const attempts = new Map<string, Attempt>();
  for (const record of records) {
    const key = keyOf(refOf(record));
    let attempt = attempts.get(key);
    if (attempt === undefined) {
      attempt = { intent: null, end: null, progress: null };
      attempts.set(key, attempt);
    }
    if (record.kind === 'intent') attempt.intent ??= record.intent;
    else if (record.kind === 'progress') attempt.progress = furthest(attempt.progress, record);
    else attempt.end ??= record;
  }
  return attempts.values();
}

function furthest(known: Progress | null, next: Progress): Progress {
  return known !== null && known.progress.outputTokens > next.progress.outputTokens ? known : next;
}

/**
 * The state of an entry with an outcome.
 * @param outcome `null` while the call is open
 */
export function stateOf(outcome: CallOutcome | null): EntryState {
  if (outcome === null) return 'reserved';
  return outcome.usageSource === 'estimate' ? 'estimated' : 'settled';
}

/** The totals that an attribution counts for. */
const ID_OF: Readonly<Record<SingleScope, (ids: BookedIds) => string | null>> = {
  key: ({ keyId }) => keyId,
  user: ({ userId }) => userId,
  team: ({ teamId }) => teamId,
  team_member: ({ teamId, userId }) =>
    teamId === null || userId === null ? null : pairId(teamId, userId),
  org: ({ orgId }) => orgId,
  org_member: ({ orgId, userId }) =>
    orgId === null || userId === null ? null : pairId(orgId, userId),
  end_user: ({ endUserId }) => endUserId,
};

/** Calls back with every total that an entry counts for, once for each of its tags. */
export function eachTotal(ids: BookedIds, found: (scope: SpendScope, id: string) => void): void {
  for (const scope of SINGLE_SCOPES) {
    const id = ID_OF[scope](ids);
    if (id !== null) found(scope, id);
  }
  for (const tag of ids.tags ?? []) found('tag', tag);
}

/** Adds up changes of totals, exactly. */
export class TotalChanges {
  private readonly sums = new Map<SpendScope, Map<string, Sum>>();

  /**
   * Books amounts to every total of an entry.
   * @param ids ids and tags of the entry
   * @param spendPico change of the spend
   * @param reservedPico change of the reservation
   */
  add(ids: BookedIds, spendPico: PicoUsd, reservedPico: PicoUsd): void {
    eachTotal(ids, (scope, id) => {
      const byId = this.sums.get(scope) ?? new Map<string, Sum>();
      this.sums.set(scope, byId);
      const sum = byId.get(id);
      if (sum === undefined) byId.set(id, { spendPico, reservedPico });
      else {
        sum.spendPico += spendPico;
        sum.reservedPico += reservedPico;
      }
    });
  }

  /**
   * Books a row that the database answered with.
   * @param row attribution and changes, amounts as decimal text
   */
  addRow(row: ChangedRow): void {
    this.add(row, parseUsd(row.spend), parseUsd(row.reserved));
  }

  /** The changes, without those that come to nothing, in one order for all processes: no deadlocks. */
  sorted(): TotalChange[] {
    return [...this.sums]
      .flatMap(([scope, byId]) => [...byId].map(([id, sum]) => ({ scope, id, ...sum })))
      .filter(({ spendPico, reservedPico }) => spendPico !== 0n || reservedPico !== 0n)
      .sort((a, b) => (a.scope === b.scope ? order(a.id, b.id) : order(a.scope, b.scope)));
  }
}

/** What roll-ups count besides the spend; of a change, by how much each grew. */
export interface DailyCounts<N = number> {
  readonly inputTokens: N;
  readonly cachedInputTokens: N;
  readonly cacheWriteTokens: N;
  readonly outputTokens: N;
  /** Attempts that ended. */
  readonly requests: N;
  /** The part of them that succeeded. */
  readonly successfulRequests: N;
}

interface Sum {
  spendPico: PicoUsd;
  reservedPico: PicoUsd;
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** A row that an update or a deletion changed. */
export interface ChangedRow extends BookedIds, DailyCounts<string> {
  readonly firstKeyId: string | null;
  readonly requestId: string;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly issuer: string | null;
  readonly modelGroup: string;
  readonly model: string;
  readonly provider: string;
  readonly callType: string;
  readonly client: string | null;
  readonly processId: string;
  readonly admittedAt: Date | null;
  readonly holds: readonly HeldWindow[] | null;
  /** US dollars by which its cost grew. */
  readonly spend: string;
  /** US dollars by which its reservation grew. */
  readonly reserved: string;
}
