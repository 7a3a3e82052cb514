import type { OfflineRecords } from './offline-records.js';

/**
 * What a database would not take: rows that are there twice, and rows that point at none.
 * @returns one sentence each, with the place of the row
 */
export function problemsOfRows(given: OfflineRecords): readonly string[] {
  const { organizations = [], teams = [], users = [], end_users: endUsers = [] } = given;
  const { memberships = [], keys = [], key_mappings: mappings = [] } = given;
  const organizationIds = new Set(organizations.map((one) => one.organization_id));
  const teamIds = new Set(teams.map((one) => one.team_id));
  const userIds = new Set(users.map((one) => one.user_id));
  const keyTexts = new Set(keys.map((one) => one.key));
  return [
    ...repeated('organizations', organizations, (one) => one.organization_id),
    ...repeated('teams', teams, (one) => one.team_id),
    ...repeated('users', users, (one) => one.user_id),
    ...repeated('end_users', endUsers, (one) => one.user_id),
    ...repeated('memberships', memberships, (one) => JSON.stringify([one.team_id, one.user_id])),
    ...repeated('keys', keys, (one) => one.key),
    ...dangling('teams', teams, (one) => [[one.organization_id, organizationIds]]),
    ...dangling('memberships', memberships, (one) => [
      [one.team_id, teamIds],
      [one.user_id, userIds],
    ]),
    ...dangling('keys', keys, (one) => [
      [one.team_id, teamIds],
      [one.user_id, userIds],
      [one.organization_id, organizationIds],
    ]),
    ...dangling('key_mappings', mappings, (one) => [[one.key, keyTexts]]),
  ];
}

type Reference = readonly [id: string | null | undefined, known: ReadonlySet<string>];

function dangling<T>(
  list: string,
  rows: readonly T[],
  referencesOf: (row: T) => readonly Reference[],
): readonly string[] {
  return rows.flatMap((row, index) =>
    referencesOf(row).some(([id, known]) => typeof id === 'string' && !known.has(id))
      ? [`${list}[${String(index)}]: names a row that is not given`]
      : [],
  );
}

function repeated<T>(
  list: string,
  rows: readonly T[],
  keyOf: (row: T) => string,
): readonly string[] {
  const seen = new Set<string>();
  return rows.flatMap((row, index) => {
    const key = keyOf(row);
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated ? [`${list}[${String(index)}]: is given twice`] : [];
  });
}
