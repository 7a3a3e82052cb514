import { parseUsd, type PicoUsd } from '#libs/common';
import type { BudgetScope, CallIntent, HeldWindow } from '../costs/call-records.js';
import { eachTotal, type BookedIds, type ChangedRow } from './entry-batch.js';

const QUARTER_MS = 900_000;

/** What may have windows. */
export interface Counter {
  readonly scope: BudgetScope;
  readonly id: string;
}

/** A window whose spend is kept. */
export interface WindowRow {
  readonly scope: BudgetScope;
  readonly id: string;
  /** Milliseconds since the Unix epoch as text; `-Infinity` for none. */
  readonly startMs: string;
  /** `Infinity` for none. */
  readonly endMs: string;
}

/** A change of the spend of one counter within 15 minutes. */
export interface QuarterChange extends Counter {
  readonly quarterMs: number;
  readonly spendPico: PicoUsd;
}

/** A change of the spend of one window. */
export interface WindowChange {
  readonly window: WindowRow;
  readonly spendPico: PicoUsd;
}

/** What booking takes from the lease of a process. */
export interface LeaseChange {
  readonly holder: string;
  readonly window: HeldWindow;
  spendPico: PicoUsd;
}

/** An entry as windows count it. */
type WindowEntry = BookedIds &
  Pick<ChangedRow, 'startedAt' | 'admittedAt' | 'holds'> & { readonly firstKeyId?: string | null };

interface CounterChanges extends Counter {
  /** Changes by the instant of admission. */
  readonly byInstant: Map<number, PicoUsd>;
}

/** Adds up what a transaction changes in quarters, windows and leases, exactly. */
export class WindowChanges {
  private readonly byCounter = new Map<string, CounterChanges>();
  private readonly byLease = new Map<string, LeaseChange>();
  /** The first and the last instant of admission that has changes. */
  readonly span = { from: Infinity, to: -Infinity };

  /** Books an entry that was inserted with its outcome. */
  addEntry(intent: CallIntent, spendPico: PicoUsd, processId: string): void {
    this.add({ ...intent, ...intent.attribution }, spendPico, processId);
  }

  /** Books a row that the database answered with. */
  addRow(row: ChangedRow): void {
    this.add(row, parseUsd(row.spend), row.processId);
  }

  /** The changes of quarters, in one order for all processes: no deadlocks. */
  quarters(): QuarterChange[] {
    const changes: QuarterChange[] = [];
    for (const { scope, id, byInstant } of this.byCounter.values()) {
      const sums = new Map<number, PicoUsd>();
      for (const [ms, spendPico] of byInstant) {
        const quarterMs = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
        sums.set(quarterMs, (sums.get(quarterMs) ?? 0n) + spendPico);
      }
      for (const [quarterMs, spendPico] of sums) changes.push({ scope, id, quarterMs, spendPico });
    }
    return changes.sort(
      (a, b) => order(a.scope, b.scope) || order(a.id, b.id) || a.quarterMs - b.quarterMs,
    );
  }

  /** The counters that have changes. */
  counters(): readonly Counter[] {
    return [...this.byCounter.values()];
  }

  /** Adds up the changes within each of some windows; leaves out those without any. */
  sumsOf(windows: readonly WindowRow[]): WindowChange[] {
    return windows
      .map((window) => ({ window, spendPico: this.within(window) }))
      .filter(({ spendPico }) => spendPico !== 0n);
  }

  /** What is taken from leases. */
  leases(): LeaseChange[] {
    return [...this.byLease.values()].filter(({ spendPico }) => spendPico !== 0n);
  }

  private within({ scope, id, startMs, endMs }: WindowRow): PicoUsd {
    const { byInstant } = this.byCounter.get(counterKey(scope, id)) ?? {};
    let sum = 0n;
    for (const [ms, spendPico] of byInstant ?? []) {
      if (ms >= Number(startMs) && ms < Number(endMs)) sum += spendPico;
    }
    return sum;
  }

  private add(entry: WindowEntry, spendPico: PicoUsd, processId: string): void {
    if (spendPico === 0n) return;
    const ms = (entry.admittedAt ?? entry.startedAt).getTime();
    this.span.from = Math.min(this.span.from, ms);
    this.span.to = Math.max(this.span.to, ms);
    const counted = new Set<string>();
    const count = (scope: BudgetScope, id: string): void => {
      const key = counterKey(scope, id);
      // Several windows of one counter are held at once, and what is held is of the attribution, too.
      if (counted.has(key)) return;
      counted.add(key);
      const changes: CounterChanges = this.byCounter.get(key) ?? {
        scope,
        id,
        byInstant: new Map(),
      };
      this.byCounter.set(key, changes);
      changes.byInstant.set(ms, (changes.byInstant.get(ms) ?? 0n) + spendPico);
    };
    // The budgets of a regenerated key go on under its first id.
    eachTotal({ ...entry, keyId: entry.firstKeyId ?? entry.keyId }, count);
    for (const window of entry.holds ?? []) {
      count(window.scope, window.id);
      this.addToLease(window, spendPico, processId);
    }
  }

  private addToLease(window: HeldWindow, spendPico: PicoUsd, holder: string): void {
    const { scope, id, start, end } = window;
    const key = `${holder}\0${counterKey(scope, id)}\0${String(start)}\0${String(end)}`;
    const lease = this.byLease.get(key);
    if (lease === undefined) this.byLease.set(key, { holder, window, spendPico });
    else lease.spendPico += spendPico;
  }
}

function counterKey(scope: BudgetScope, id: string): string {
  return `${scope}\0${id}`;
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
