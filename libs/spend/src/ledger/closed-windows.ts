import type { Database } from '#libs/database';

/** In the order in which bookings lock: windows, then leases. */
const STATEMENTS = [
  'DELETE FROM budget_windows WHERE window_end < $1',
  `DELETE FROM budget_leases l WHERE l.window_end < $1
     OR NOT EXISTS (SELECT FROM budget_holders h WHERE h.holder = l.holder AND h.expires_at >= $1)`,
  'DELETE FROM budget_holders WHERE expires_at < $1',
];

/**
 * Removes the windows that closed before an instant, and the leases in them and of processes that ended before it.
 * @throws GatehouseError `database_unavailable`
 */
export async function forgetClosedWindows(database: Database, before: Date): Promise<void> {
  await database.background(async ({ manager }) => {
    for (const statement of STATEMENTS) await manager.query(statement, [before.toISOString()]);
  });
}
