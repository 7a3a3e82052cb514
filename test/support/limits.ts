import type { Limits } from '#libs/access';
import { Database, type ChangeTopic } from '#libs/database';
import type { TestGateway } from './gateway.js';

/** Kinds of rows whose limits a test sets, with their tables. */
const ROWS = {
  team: ['teams', 'team_id'],
  user: ['users', 'user_id'],
  organization: ['organizations', 'organization_id'],
  end_user: ['end_users', 'end_user_id'],
  key: ['virtual_keys', 'token'],
} as const satisfies Partial<Record<ChangeTopic, readonly [table: string, id: string]>>;

/** Sets the limits of a row. The gateway enforces them when this resolves, its replicas a little later. */
export async function setLimits(
  { gateway }: TestGateway,
  topic: keyof typeof ROWS,
  id: string,
  limits: Limits,
): Promise<void> {
  const [table, column] = ROWS[topic];
  await gateway.app.get(Database).write(async (unit) => {
    const sql = `UPDATE ${table} SET limits = $1 WHERE ${column} = $2`;
    await unit.manager.query(sql, [JSON.stringify(limits), id]);
    unit.changed(topic, id);
  });
}
