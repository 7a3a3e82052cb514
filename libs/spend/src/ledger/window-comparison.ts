import type { BudgetScope } from '../costs/call-records.js';

/** One sum of 15 minutes, or one window of a budget, that does not equal the sum of its entries. */
export interface WindowDifference {
  readonly table: 'spend_quarters' | 'budget_windows';
  readonly scope: BudgetScope;
  readonly id: string;
  /** ISO 8601; `-infinity` for none. */
  readonly start: string;
  /** US dollars with twelve places. */
  readonly keptUsd: string;
  readonly entriesUsd: string;
}

/** Result of the comparison. */
export interface WindowComparison {
  /** Rows that were compared. */
  readonly rows: string;
  /** The first 100. */
  readonly differences: readonly WindowDifference[];
}

/** Every entry once for each counter: those of its attribution, its tags, and what it was held for. */
const BOOKINGS = `
  SELECT s.scope, s.id, coalesce(e.admitted_at, e.started_at) AS at, e.cost_usd
  FROM spend_entries e CROSS JOIN LATERAL (
    SELECT * FROM (VALUES
      ('key', coalesce(e.first_key_id, e.key_id)), ('user', e.user_id), ('team', e.team_id),
      ('team_member', gatehouse_pair_id(e.team_id, e.user_id)), ('org', e.org_id),
      ('org_member', gatehouse_pair_id(e.org_id, e.user_id)), ('end_user', e.end_user_id)
    ) AS a (scope, id)
    UNION SELECT 'tag', t FROM jsonb_array_elements_text(coalesce(e.tags, '[]')) AS t
    UNION SELECT h->>'scope', h->>'id' FROM jsonb_array_elements(coalesce(e.holds, '[]')) AS h
  ) AS s (scope, id)
  WHERE s.id IS NOT NULL AND e.cost_usd <> 0`;

/** One statement, hence one snapshot: a flush that runs meanwhile is seen whole or not at all. */
export const WINDOW_COMPARISON = `
  WITH bookings AS (${BOOKINGS}),
  quarter_sums AS (
    SELECT scope, id, date_bin('15 minutes', at, 'epoch'::timestamptz) AS quarter, sum(cost_usd) AS sum_usd
    FROM bookings GROUP BY scope, id, quarter),
  window_sums AS (
    SELECT w.scope, w.id, w.window_start, w.window_end, sum(b.cost_usd) AS sum_usd
    FROM budget_windows w JOIN bookings b
      ON b.scope = w.scope AND b.id = w.id AND b.at >= w.window_start AND b.at < w.window_end
    GROUP BY w.scope, w.id, w.window_start, w.window_end),
  compared AS (
    SELECT 'spend_quarters' AS kind, scope, id, quarter AS start,
      coalesce(q.spend_usd, 0) AS kept, coalesce(s.sum_usd, 0) AS sums
    FROM quarter_sums s FULL JOIN spend_quarters q USING (scope, id, quarter)
    UNION ALL
    SELECT 'budget_windows', scope, id, window_start, w.spent_usd, coalesce(s.sum_usd, 0)
    FROM budget_windows w LEFT JOIN window_sums s USING (scope, id, window_start, window_end)),
  different AS (
    SELECT * FROM compared WHERE kept <> sums ORDER BY kind, scope, id, start LIMIT 100)
  SELECT (SELECT count(*) FROM compared)::int8::text AS rows,
    (SELECT coalesce(json_agg(json_build_object('table', kind, 'scope', scope, 'id', id, 'start', start::text,
        'keptUsd', kept::numeric(38,12)::text, 'entriesUsd', sums::numeric(38,12)::text)), '[]')
      FROM different) AS differences`;
