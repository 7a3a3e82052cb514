import { WINDOW, sqlFunction, type SqlFunction } from './sql-function.js';

/** The id of a member, as it was before `gatehouse_pair_id`. */
const joined = (groupId: string): string => `e.${groupId} || '':'' || e.user_id`;

/**
 * Returns the function that adds up the entries of a part of a quarter. Those of a regenerated key count under its first id. A
 * start is never much before the admission, nor a day behind it.
 * @param further conditions of further scopes, `WHEN` by `WHEN`
 * @param memberOf returns the id of a member of a group
 */
export const entriesSpend = (further = '', memberOf = joined): SqlFunction =>
  sqlFunction('gatehouse_entries_spend', WINDOW, {
    returns: 'numeric',
    body: `
    DECLARE
      v_is_of text := CASE p_scope
        WHEN 'key' THEN '(e.key_id = $1 AND e.first_key_id IS NULL OR e.first_key_id = $1)'
        WHEN 'user' THEN 'e.user_id = $1'
        WHEN 'team' THEN 'e.team_id = $1'
        WHEN 'team_member' THEN '${memberOf('team_id')} = $1'
        WHEN 'org' THEN 'e.org_id = $1'
        WHEN 'end_user' THEN 'e.end_user_id = $1'
        ${further}
        ELSE 'e.holds @> jsonb_build_array(jsonb_build_object(''scope'', $4::text, ''id'', $1))' END;
      v_sum numeric;
    BEGIN
      IF p_start >= p_end THEN RETURN 0; END IF;
      EXECUTE 'SELECT coalesce(sum(e.cost_usd), 0) FROM spend_entries e WHERE ' || v_is_of || '
          AND e.started_at >= $2 - interval ''1 hour'' AND e.started_at < $3 + interval ''1 day''
          AND coalesce(e.admitted_at, e.started_at) >= $2 AND coalesce(e.admitted_at, e.started_at) < $3'
        INTO v_sum USING p_id, p_start, p_end, p_scope;
      RETURN v_sum;
    END`,
  });

const TAG = `WHEN 'tag' THEN 'e.tags @> jsonb_build_array($1)'`;

/** The function since tags have sums. */
export const entriesSpendOfTags = entriesSpend(TAG);

/** The function since members of organisations have sums. */
export const entriesSpendOfOrgMembers = entriesSpend(withOrgMembers(joined), joined);

const paired = (groupId: string): string => `gatehouse_pair_id(e.${groupId}, e.user_id)`;

/** The function since no two members share an id. */
export const entriesSpendOfPairs = entriesSpend(withOrgMembers(paired), paired);

function withOrgMembers(memberOf: typeof joined): string {
  return `${TAG} WHEN 'org_member' THEN '${memberOf('org_id')} = $1'`;
}
