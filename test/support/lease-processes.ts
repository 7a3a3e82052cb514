import type { SettingsStore } from '#libs/config';
import { ChangeFeed } from '#libs/database';
import { MoneyHolds, PostgresLeases } from '#libs/limits/testing';
import type { SpendRecorder } from '#libs/spend';
import { Ledger, ProcessWatch } from '#libs/spend/testing';
import { parseUsd } from '#libs/common';
import type { SpendHarness } from './spend-harness.js';

/** One process of a gateway that holds money. */
export interface LeaseProcess {
  readonly holds: MoneyHolds;
  readonly leases: PostgresLeases;
  readonly processId: string;
}

let processes = 0;

/** The holds of one more process of a gateway, over the database of a harness. */
export function holdsOf(harness: SpendHarness, leaseSeconds = 60): LeaseProcess {
  processes += 1;
  const processId = `process-${String(processes)}`;
  const settings = { current: { budgets: { leaseSeconds, exceededStatus: 422 } } };
  const recorder = { processId, drained: () => Promise.resolve() };
  const leases = new PostgresLeases(
    harness.database,
    harness.app.get(ChangeFeed),
    recorder as unknown as SpendRecorder,
    settings as unknown as SettingsStore,
  );
  const holds = new MoneyHolds(
    leases,
    settings as unknown as SettingsStore,
    recorder as unknown as SpendRecorder,
  );
  return { holds, leases, processId };
}

/** The ledger of a harness, which books for any process. */
export function ledgerOf(harness: SpendHarness): Ledger {
  return harness.app.get(Ledger);
}

/** Ends what the process of a harness does about other processes, and what shows them that it lives. */
export function stopWatch(harness: SpendHarness): Promise<void> {
  return harness.app.get(ProcessWatch).stop();
}

/** Ends the time of a process, as when it has not been heard of. */
export async function fallSilent(harness: SpendHarness, processId: string): Promise<void> {
  await harness.database.write(({ manager }) =>
    manager.query(`UPDATE budget_holders SET expires_at = now() WHERE holder = $1`, [processId]),
  );
}

/** Ends the time of a process, and its leases, so that others may get them. */
export async function expire(harness: SpendHarness, processId: string): Promise<void> {
  await fallSilent(harness, processId);
  await ledgerOf(harness).sweepSilent();
}

/** What is spent and leased in each window, by scope and id. */
export async function usedOf(harness: SpendHarness): Promise<Map<string, bigint>> {
  const rows = await harness.rows(
    `SELECT w.scope, w.id, (w.spent_usd + coalesce((SELECT sum(greatest(l.amount_usd, 0))
        FROM budget_leases l
        WHERE (l.scope, l.id, l.window_start) = (w.scope, w.id, w.window_start)), 0)
      )::text AS used FROM budget_windows w`,
  );
  return new Map(
    rows.map((row) => [
      `${String(row['scope'])} ${String(row['id'])}`,
      parseUsd(String(row['used'])),
    ]),
  );
}
