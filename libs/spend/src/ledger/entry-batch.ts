import { parseUsd, type PicoUsd } from '#libs/common';
import type { Attribution } from '#libs/access';
import type { CallIntent, CallOutcome, CallRef, EntryState } from '../costs/call-records.js';
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

/**
 * The rows of a batch of records: each attempt occurs in one list, or with its entry and its end.
 */
export interface EntryBatch {
  readonly entries: readonly NewEntry[];
  readonly settlements: readonly Settlement[];
  readonly releases: readonly CallRef[];
}

/** The kind of subject that an amount is booked to. */
export type SpendScope = 'key' | 'user' | 'team' | 'team_member' | 'org' | 'end_user';

/** Every scope. */
const SPEND_SCOPES: readonly SpendScope[] = [
  'key',
  'user',
  'team',
  'team_member',
  'org',
  'end_user',
];

/** Ids of an attribution, as totals are kept for them. */
export type AttributedIds = Pick<
  Attribution,
  'keyId' | 'userId' | 'teamId' | 'orgId' | 'endUserId'
>;

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
  const intents = new Map<string, CallIntent>();
  const ends = new Map<string, Exclude<JournalRecord, { kind: 'intent' }>>();
  for (const record of records) {
    const key = keyOf(refOf(record));
    if (record.kind === 'intent') {
      if (!intents.has(key)) intents.set(key, record.intent);
    } else if (!ends.has(key)) ends.set(key, record);
  }
  const entries = [...intents].flatMap(([key, intent]): NewEntry[] => {
    const end = ends.get(key);
    if (end?.kind === 'release') return [];
    return [{ intent, outcome: end?.outcome ?? null }];
  });
  const all = [...ends.values()];
  return {
    entries,
    settlements: all.filter((end) => end.kind === 'settlement'),
    releases: all.filter((end) => end.kind === 'release').map(({ ref }) => ref),
  };
}

/**
 * The state of an entry with an outcome.
 * @param outcome `null` while the call is open
 */
export function stateOf(outcome: CallOutcome | null): EntryState {
  if (outcome === null) return 'reserved';
  return outcome.usageSource === 'estimate' ? 'estimated' : 'settled';
}

/**
 * The totals that an attribution counts for. A member of a team is `team:user`.
 * @param ids ids of the attribution
 */
function scopesOf(ids: AttributedIds): { scope: SpendScope; id: string }[] {
  const { keyId, userId, teamId, orgId, endUserId } = ids;
  const memberId = teamId === null || userId === null ? null : teamMemberId(teamId, userId);
  const named: Record<SpendScope, string | null> = {
    key: keyId,
    user: userId,
    team: teamId,
    team_member: memberId,
    org: orgId,
    end_user: endUserId,
  };
  return SPEND_SCOPES.flatMap((scope) => {
    const id = named[scope];
    return id === null ? [] : [{ scope, id }];
  });
}

/** Id of the total of a user within a team. */
export function teamMemberId(teamId: string, userId: string): string {
  return `${teamId}:${userId}`;
}

/** Adds up changes of totals, exactly. */
export class TotalChanges {
  private readonly sums = new Map<string, TotalChange>();

  /**
   * Books amounts to every total of an attribution.
   * @param ids ids of the entry
   * @param spendPico change of the spend
   * @param reservedPico change of the reservation
   */
  add(ids: AttributedIds, spendPico: PicoUsd, reservedPico: PicoUsd): void {
    for (const { scope, id } of scopesOf(ids)) {
      const key = `${scope} ${id}`;
      const sum = this.sums.get(key);
      this.sums.set(key, {
        scope,
        id,
        spendPico: (sum?.spendPico ?? 0n) + spendPico,
        reservedPico: (sum?.reservedPico ?? 0n) + reservedPico,
      });
    }
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
    return [...this.sums.entries()]
      .filter(([, { spendPico, reservedPico }]) => spendPico !== 0n || reservedPico !== 0n)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, change]) => change);
  }
}

/** A row that an update or a deletion changed. */
export interface ChangedRow extends AttributedIds {
  readonly requestId: string;
  readonly attempt: number;
  readonly startedAt: Date;
  /** US dollars by which its cost grew. */
  readonly spend: string;
  /** US dollars by which its reservation grew. */
  readonly reserved: string;
}
