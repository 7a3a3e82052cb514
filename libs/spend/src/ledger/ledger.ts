import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '#libs/common';
import { Database, type UnitOfWork } from '#libs/database';
import type { CallRef } from '../costs/call-records.js';
import { keyOf, type JournalRecord } from '../journal/journal-record.js';
import {
  foldRecords,
  TotalChanges,
  type ChangedRow,
  type EntryBatch,
  type NewEntry,
  type Settlement,
} from './entry-batch.js';
import { noteProgress, sweepEntries, type OpenEntries } from './assumed-ends-sql.js';
import { DailyChanges } from './daily-changes.js';
import { endLeases, findOver, lockOver, renewProcess } from './lease-ends-sql.js';
import { WindowChanges, type WindowRow } from './window-changes.js';
import {
  addToTotals,
  findEntries,
  insertEntries,
  removeEntries,
  settleEntries,
  type Statement,
} from './ledger-sql.js';
import {
  addToQuarters,
  addToWindows,
  holdWindowsOpen,
  lockWindows,
  lockWindowsOf,
  takeFromLeases,
} from './window-sql.js';

const SWEEP_BATCH = 500;

/**
 * Entries, totals and roll-ups in the database. Every method is one transaction in which all move together;
 * doing any of them again changes nothing, because the sums move by the rows that really changed.
 */
@Injectable()
export class Ledger {
  private readonly logger = new Logger('SpendLedger');

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Books records of a journal.
   * @param records in the order of their journal
   * @param processId name of the process whose journal it is
   * @throws GatehouseError `database_unavailable`
   */
  async commit(records: readonly JournalRecord[], processId: string): Promise<void> {
    const batch = foldRecords(records);
    const lost = await this.database.background((unit) => bookBatch(unit, batch, processId));
    for (const { ref } of lost) {
      this.logger.error(
        `the end of ${ref.requestId} (attempt ${String(ref.attempt)}) has no entry: ` +
          `its intent was lost, so it is not booked`,
      );
    }
  }

  /**
   * Assumes the end of every call that a process which is gone left open: what was expected is
   * booked, as an estimate, and its leases end with that. An end that turns up later corrects it.
   * @param processId name of the process that is gone
   * @returns how many entries there were
   * @throws GatehouseError `database_unavailable`
   */
  sweepProcess(processId: string): Promise<number> {
    return this.sweep({ processId, reason: 'process_ended' });
  }

  /**
   * The same for every process that was not heard of until its time was up. One that lives nevertheless learns what it has
   * lost, and the ends of its calls correct the estimates.
   * @returns how many entries there were
   * @throws GatehouseError `database_unavailable`
   */
  async sweepSilent(): Promise<number> {
    const over = await this.database.background((unit) =>
      run<{ holder: string }>(unit, findOver()),
    );
    let total = 0;
    for (const { holder } of over) {
      total += await this.sweep({ processId: holder, reason: 'lease_ended' });
    }
    return total;
  }

  /**
   * Shows that a process lives. {@link sweepSilent} leaves it alone for some seconds from now.
   * @throws GatehouseError `database_unavailable`
   */
  async renewProcess(processId: string, seconds: number): Promise<void> {
    await this.database.write((unit) => run(unit, renewProcess(processId, seconds)));
  }

  /**
   * The same for calls of any process that began long ago: their journal has been lost with its disk.
   * @param startedBefore calls that began later are left alone
   * @returns how many entries there were
   * @throws GatehouseError `database_unavailable`
   */
  sweepStartedBefore(startedBefore: Date): Promise<number> {
    return this.sweep({ startedBefore });
  }

  private async sweep(which: OpenEntries): Promise<number> {
    let total = 0;
    for (;;) {
      const swept = await this.database.background((unit) =>
        sweepBatch(unit, which, this.clock.now()),
      );
      total += swept;
      if (swept < SWEEP_BATCH) break;
    }
    if (total > 0)
      this.logger.warn(`booked ${String(total)} calls whose end is not known, as estimated`);
    return total;
  }
}

/** What a transaction adds to the sums of the ledger. */
class LedgerChanges {
  readonly totals = new TotalChanges();
  readonly daily = new DailyChanges();
  readonly windows = new WindowChanges();

  /** Books a row that the database answered with. */
  addRow(row: ChangedRow): void {
    this.windows.addRow(row);
    this.totals.addRow(row);
    this.daily.addRow(row);
  }

  /** Books an entry that was inserted. */
  addEntry({ intent, outcome }: NewEntry, processId: string): void {
    const ids = { ...intent.attribution, tags: intent.tags };
    if (outcome === null) {
      this.totals.add(ids, 0n, intent.reservedPico);
      return;
    }
    this.totals.add(ids, outcome.costPico, 0n);
    this.daily.addEntry(intent, outcome);
    this.windows.addEntry(intent, outcome.costPico, processId);
  }
}

/** Returns how many entries there were; fewer than a batch has room for after the last ones, and the leases have ended then. */
async function sweepBatch(unit: UnitOfWork, which: OpenEntries, now: Date): Promise<number> {
  const isSilent = 'processId' in which && which.reason === 'lease_ended';
  if (isSilent && (await run(unit, lockOver(which.processId))).length === 0) return 0;
  await run(unit, holdWindowsOpen());
  const rows = await run<ChangedRow>(unit, sweepEntries(which, now, SWEEP_BATCH));
  const changes = new LedgerChanges();
  for (const row of rows) changes.addRow(row);
  const isLast = rows.length < SWEEP_BATCH;
  await book(unit, changes, isLast && 'processId' in which ? which.processId : null);
  return rows.length;
}

/** Returns the settlements that found no entry at all. */
async function bookBatch(
  unit: UnitOfWork,
  batch: EntryBatch,
  processId: string,
): Promise<Settlement[]> {
  const changes = new LedgerChanges();
  await run(unit, holdWindowsOpen());
  const known = await insert(unit, batch, processId, changes);
  const { progress } = batch;
  const noted = progress.length === 0 ? [] : await run<ChangedRow>(unit, noteProgress(progress));
  // What was inserted with its outcome needs no update; on a replay, nothing was inserted.
  const open = [...batch.settlements, ...known];
  const settled = open.length === 0 ? [] : await run<ChangedRow>(unit, settleEntries(open));
  const { releases } = batch;
  const removed = releases.length === 0 ? [] : await run<ChangedRow>(unit, removeEntries(releases));
  for (const row of [...noted, ...settled, ...removed]) changes.addRow(row);
  await book(unit, changes);
  return withoutEntry(unit, open, settled);
}

/** Returns the settlements of entries that were there already. */
async function insert(
  unit: UnitOfWork,
  { entries }: EntryBatch,
  processId: string,
  changes: LedgerChanges,
): Promise<Settlement[]> {
  if (entries.length === 0) return [];
  const rows = await run<CallRef>(unit, insertEntries(entries, processId));
  const present = new Set(rows.map(keyOf));
  const known: Settlement[] = [];
  for (const entry of entries) {
    const { intent, outcome } = entry;
    if (present.size > 0 && present.has(keyOf(intent))) {
      if (outcome !== null) known.push({ ref: intent, outcome });
      continue;
    }
    changes.addEntry(entry, processId);
  }
  return known;
}

/** Moves the sums. In the same transaction the leases of a process end; `null` for none. */
async function book(
  unit: UnitOfWork,
  { totals, daily, windows }: LedgerChanges,
  ended: string | null = null,
): Promise<void> {
  const sorted = totals.sorted();
  if (sorted.length > 0) await run(unit, addToTotals(sorted));
  for (const statement of daily.statements()) await run(unit, statement);
  await bookWindows(unit, windows, ended);
}

/** Windows are locked in one order, and leases only below their windows: no deadlocks. */
async function bookWindows(
  unit: UnitOfWork,
  changes: WindowChanges,
  ended: string | null,
): Promise<void> {
  const quarters = changes.quarters();
  if (quarters.length > 0) await run(unit, addToQuarters(quarters));
  else if (ended === null) return;
  const counters = changes.counters();
  const windows = await run<WindowRow>(
    unit,
    ended === null
      ? lockWindows(counters, changes.span)
      : lockWindowsOf(ended, counters, changes.span),
  );
  const sums = changes.sumsOf(windows);
  if (sums.length > 0) await run(unit, addToWindows(sums));
  const leases = changes.leases();
  if (leases.length > 0) await run(unit, takeFromLeases(leases));
  if (ended !== null) await run(unit, endLeases(ended));
}

async function withoutEntry(
  unit: UnitOfWork,
  open: readonly Settlement[],
  settled: readonly CallRef[],
): Promise<Settlement[]> {
  const done = new Set(settled.map(keyOf));
  const rest = open.filter(({ ref }) => !done.has(keyOf(ref)));
  if (rest.length === 0) return [];
  const found = await run<CallRef>(unit, findEntries(rest.map(({ ref }) => ref)));
  const known = new Set(found.map(keyOf));
  return rest.filter(({ ref }) => !known.has(keyOf(ref)));
}

/** Rows of a statement. TypeORM answers updates and deletions with rows and their number. */
async function run<Row>(unit: UnitOfWork, { text, values }: Statement): Promise<Row[]> {
  const result: unknown = await unit.manager.query(text, [...values]);
  const rows: unknown =
    Array.isArray(result) && Array.isArray(result[0]) && typeof result[1] === 'number'
      ? result[0]
      : result;
  return rows as Row[];
}
