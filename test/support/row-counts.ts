import { Database } from '#libs/database';
import type { TestGateway } from './gateway.js';

/** Tables that requests may add rows to; audit and decision records are not among them. */
const TABLES = [
  'users',
  'teams',
  'team_memberships',
  'organizations',
  'end_users',
  'virtual_keys',
  'jwt_key_mappings',
  'revocations',
  'spend_entries',
] as const;

/** How many rows each table of a gateway under test has. */
export async function rowCounts({
  gateway,
}: TestGateway): Promise<Readonly<Record<string, number>>> {
  const columns = TABLES.map((name) => `(SELECT count(*)::int FROM ${name}) AS ${name}`).join(', ');
  const [counts] = await gateway.app
    .get(Database)
    .read((manager) => manager.query<Record<string, number>[]>(`SELECT ${columns}`));
  if (counts === undefined) throw new Error('the database answers nothing');
  return counts;
}
