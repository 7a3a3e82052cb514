/** The id of what two ids name together: the same as `pairId` of libs/spend. `null` where a part is. */
export const PAIR_ID = `CREATE FUNCTION gatehouse_pair_id(p_first text, p_second text) RETURNS text
  LANGUAGE sql IMMUTABLE AS $function$
    SELECT CASE WHEN p_first <> '' AND position(':' IN p_first) = 0 THEN p_first || ':' || p_second
      ELSE ':' || replace(replace(p_first, '%', '%25'), ':', '%3A') || ':' || p_second END
  $function$`;

/** First parts that an entry has, by the scope of the pairs; those of keys hold no colon. */
const FIRST_PARTS = `(
    SELECT * FROM (VALUES ('team_member', e.team_id), ('org_member', e.org_id), ('user_model', e.user_id),
      ('team_model', e.team_id), ('org_model', e.org_id), ('end_user_model', e.end_user_id)) AS v (scope, first)
    UNION SELECT 'tag_model', t FROM jsonb_array_elements_text(coalesce(e.tags, '[]')) AS t
  ) AS f`;

/** The pairs that a hold may be of: the former id begins with the first part. */
const IS_HELD = `h->>'scope' = f.scope AND f.first LIKE '%:%' AND starts_with(h->>'id', f.first || ':')`;
const HELD_ID = `gatehouse_pair_id(f.first, substr(h->>'id', length(f.first) + 2))`;

/** The members that an entry counts for. */
const MEMBERS = `(VALUES ('team_member', e.team_id, e.user_id), ('org_member', e.org_id, e.user_id)) AS m (scope, first, second)`;

/** The former and the present ids of pairs whose first part holds a colon. */
const FIND = `CREATE TEMPORARY TABLE moved_pairs ON COMMIT DROP AS
  SELECT DISTINCT p.scope, i.id FROM spend_entries e CROSS JOIN LATERAL (
    SELECT m.scope, m.first || ':' || m.second AS former, gatehouse_pair_id(m.first, m.second) AS present
    FROM ${MEMBERS} WHERE m.first LIKE '%:%'
    UNION SELECT h->>'scope', h->>'id', ${HELD_ID}
    FROM jsonb_array_elements(coalesce(e.holds, '[]')) AS h JOIN ${FIRST_PARTS} ON ${IS_HELD}
  ) AS p CROSS JOIN LATERAL (VALUES (p.former), (p.present)) AS i (id)
  WHERE i.id IS NOT NULL`;

/** Of several tags that a hold may be of, the longest counts. */
const RENAME_HOLDS = `UPDATE spend_entries e SET holds = (
    SELECT jsonb_agg(CASE WHEN n.id IS NULL THEN h ELSE h || jsonb_build_object('id', n.id) END ORDER BY number)
    FROM jsonb_array_elements(e.holds) WITH ORDINALITY AS t (h, number) LEFT JOIN LATERAL (
      SELECT ${HELD_ID} AS id FROM ${FIRST_PARTS} WHERE ${IS_HELD} ORDER BY length(f.first) DESC LIMIT 1
    ) AS n ON true)
  WHERE EXISTS (
    SELECT FROM jsonb_array_elements(coalesce(e.holds, '[]')) AS h JOIN ${FIRST_PARTS} ON ${IS_HELD})`;

const IS_MOVED = '(s.scope, s.id) IN (SELECT scope, id FROM moved_pairs)';
const MEMBER_IDS = `SELECT m.scope, gatehouse_pair_id(m.first, m.second) AS id FROM ${MEMBERS}`;

/** Both members of a pair of pairs that shared an id are added up from their entries. Windows are opened again from the sums. */
const ADD_UP = [
  ...['spend_totals', 'spend_quarters', 'budget_windows', 'budget_leases', 'budget_alerts'].map(
    (table) => `DELETE FROM ${table} s WHERE ${IS_MOVED}`,
  ),
  `INSERT INTO spend_totals (scope, id, spend_usd, reserved_usd)
    SELECT s.scope, s.id, sum(e.cost_usd), coalesce(sum(e.reserved_usd) FILTER (WHERE e.state = 'reserved'), 0)
    FROM spend_entries e CROSS JOIN LATERAL (${MEMBER_IDS}) AS s WHERE ${IS_MOVED} GROUP BY s.scope, s.id`,
  `INSERT INTO spend_quarters (scope, id, quarter, spend_usd)
    SELECT s.scope, s.id, date_bin('15 minutes', coalesce(e.admitted_at, e.started_at), 'epoch'::timestamptz),
      sum(e.cost_usd)
    FROM spend_entries e CROSS JOIN LATERAL (${MEMBER_IDS}
      UNION SELECT h->>'scope', h->>'id' FROM jsonb_array_elements(coalesce(e.holds, '[]')) AS h
    ) AS s WHERE ${IS_MOVED} AND e.cost_usd <> 0 GROUP BY 1, 2, 3`,
];

/** Gives every pair whose first part holds a colon its present id. */
export const MOVE_PAIRS: readonly string[] = [FIND, RENAME_HOLDS, ...ADD_UP];
