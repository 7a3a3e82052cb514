import { WINDOW, sqlFunction, type SqlFunction } from './sql-function.js';

/** The sum of the entries of a part of a quarter. A start is never much before the admission, nor a day behind it. */
const entriesSpend = sqlFunction('gatehouse_entries_spend', WINDOW, {
  returns: 'numeric',
  body: `
    DECLARE
      v_is_of text := CASE p_scope
        WHEN 'key' THEN 'e.key_id = $1'
        WHEN 'user' THEN 'e.user_id = $1'
        WHEN 'team' THEN 'e.team_id = $1'
        WHEN 'team_member' THEN 'e.team_id || '':'' || e.user_id = $1'
        WHEN 'org' THEN 'e.org_id = $1'
        WHEN 'end_user' THEN 'e.end_user_id = $1'
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

/** What was spent in any window: whole quarters, and the entries at its edges. */
const windowSpend = sqlFunction('gatehouse_window_spend', WINDOW, {
  returns: 'numeric',
  body: `
    DECLARE
      v_first timestamptz := p_start;
      v_last timestamptz := p_end;
      v_sum numeric;
    BEGIN
      IF isfinite(p_start) THEN
        v_first := date_bin('15 minutes', p_start, 'epoch'::timestamptz);
        IF v_first < p_start THEN v_first := v_first + interval '15 minutes'; END IF;
      END IF;
      IF isfinite(p_end) THEN v_last := date_bin('15 minutes', p_end, 'epoch'::timestamptz); END IF;
      SELECT coalesce(sum(q.spend_usd), 0) INTO v_sum FROM spend_quarters q
      WHERE q.scope = p_scope AND q.id = p_id AND q.quarter >= v_first AND q.quarter < v_last;
      RETURN v_sum
        + gatehouse_entries_spend(p_scope, p_id, p_start, least(v_first, p_end))
        + gatehouse_entries_spend(p_scope, p_id, greatest(v_first, v_last), p_end);
    END`,
});

/** Begins to keep the spend of a window. Bookings hold the lock shared, so that none is lost or counted twice. */
const openWindow = sqlFunction('gatehouse_open_window', WINDOW, {
  returns: 'void',
  body: `
    BEGIN
      PERFORM pg_advisory_xact_lock(4711000017);
      INSERT INTO budget_windows (scope, id, window_start, window_end, spent_usd)
      VALUES (p_scope, p_id, p_start, p_end, gatehouse_window_spend(p_scope, p_id, p_start, p_end))
      ON CONFLICT (scope, id, window_start, window_end) DO NOTHING;
    END`,
});

/** Hands out leases of several windows, all or none. Their rows are locked by the caller. */
const takeGroup = sqlFunction(
  'gatehouse_take_group',
  ['p_holder text', 'p_now timestamptz', 'p_asks jsonb'],
  {
    returns: 'jsonb',
    body: `
    DECLARE
      v_ask record;
      v_spent numeric;
      v_others numeric;
      v_own numeric;
      v_left numeric;
      v_granted jsonb := '[]';
    BEGIN
      FOR v_ask IN SELECT (a.ask->>'scope') AS scope, (a.ask->>'id') AS id,
          (a.ask->>'start')::timestamptz AS window_start, (a.ask->>'end')::timestamptz AS window_end,
          (a.ask->>'cap')::numeric AS cap, (a.ask->>'need')::numeric AS need,
          (a.ask->>'want')::numeric AS want, a.number - 1 AS place
        FROM jsonb_array_elements(p_asks) WITH ORDINALITY AS a (ask, number) ORDER BY a.number
      LOOP
        SELECT w.spent_usd INTO v_spent FROM budget_windows w
        WHERE (w.scope, w.id, w.window_start, w.window_end)
          = (v_ask.scope, v_ask.id, v_ask.window_start, v_ask.window_end);
        SELECT coalesce(sum(greatest(l.amount_usd, 0)) FILTER (WHERE l.holder <> p_holder), 0),
          coalesce(sum(l.amount_usd) FILTER (WHERE l.holder = p_holder), 0)
        INTO v_others, v_own
        FROM budget_leases l JOIN budget_holders h USING (holder)
        WHERE (l.scope, l.id, l.window_start, l.window_end)
          = (v_ask.scope, v_ask.id, v_ask.window_start, v_ask.window_end)
          -- A renewal that began in time may still be under way: a statement takes five seconds at most.
          AND (l.holder = p_holder OR h.expires_at > p_now - interval '6 seconds');
        v_left := v_ask.cap - v_spent - v_others - v_own;
        IF v_ask.need > 0 AND v_left < v_ask.need THEN
          RETURN jsonb_build_object('refused', v_ask.place, 'spent', v_spent::text,
            'held', (v_others + greatest(v_own, 0))::text, 'others', v_others::text);
        END IF;
        v_granted := v_granted || to_jsonb(
          greatest(0, least(v_left, greatest(v_ask.want, trunc(v_left / 10, 12))))::text);
      END LOOP;
      INSERT INTO budget_leases AS l (scope, id, window_start, window_end, holder, amount_usd)
      SELECT a.ask->>'scope', a.ask->>'id', (a.ask->>'start')::timestamptz, (a.ask->>'end')::timestamptz,
        p_holder, (v_granted->>(a.number - 1)::int)::numeric
      FROM jsonb_array_elements(p_asks) WITH ORDINALITY AS a (ask, number)
      ON CONFLICT (scope, id, window_start, window_end, holder)
        DO UPDATE SET amount_usd = l.amount_usd + EXCLUDED.amount_usd;
      RETURN jsonb_build_object('granted', v_granted);
    END`,
  },
);

/**
 * Renews the time of a process, takes back what it gives back, and hands out leases for groups of windows. To a
 * process whose time was up it reports what its leases were, because others may have got them.
 */
const takeLeases = sqlFunction(
  'gatehouse_take_leases',
  ['p_holder text', 'p_seconds numeric', 'p_asks jsonb'],
  {
    returns: 'jsonb',
    body: `
    DECLARE
      v_now timestamptz := clock_timestamp();
      v_until timestamptz;
      v_lost jsonb := '[]';
      v_answers jsonb := '[]';
      v_group jsonb;
      v_ask record;
    BEGIN
      SELECT h.expires_at INTO v_until FROM budget_holders h WHERE h.holder = p_holder FOR UPDATE;
      INSERT INTO budget_holders (holder, expires_at)
      VALUES (p_holder, v_now + p_seconds * interval '1 second')
      ON CONFLICT (holder) DO UPDATE SET expires_at = EXCLUDED.expires_at;
      FOR v_ask IN SELECT DISTINCT a->>'scope' AS scope, a->>'id' AS id,
          (a->>'start')::timestamptz AS window_start, (a->>'end')::timestamptz AS window_end
        FROM jsonb_array_elements(p_asks->'groups') g, jsonb_array_elements(g) a
        WHERE NOT EXISTS (SELECT FROM budget_windows w
          WHERE (w.scope, w.id, w.window_start, w.window_end)
            = (a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz))
      LOOP
        PERFORM gatehouse_open_window(v_ask.scope, v_ask.id, v_ask.window_start, v_ask.window_end);
      END LOOP;
      PERFORM FROM budget_windows w WHERE (w.scope, w.id, w.window_start, w.window_end) IN (
          SELECT a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz
          FROM jsonb_array_elements(p_asks->'groups' || jsonb_build_array(p_asks->'back')) g,
            jsonb_array_elements(g) a
          UNION SELECT l.scope, l.id, l.window_start, l.window_end FROM budget_leases l
          WHERE l.holder = p_holder AND l.amount_usd <> 0 AND v_until <= v_now)
        ORDER BY w.scope, w.id, w.window_start, w.window_end FOR UPDATE OF w;
      UPDATE budget_leases l SET amount_usd = l.amount_usd - (a->>'amount')::numeric
      FROM jsonb_array_elements(p_asks->'back') a
      WHERE l.holder = p_holder AND (l.scope, l.id, l.window_start, l.window_end)
        = (a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz);
      IF v_until <= v_now THEN
        SELECT coalesce(jsonb_agg(jsonb_build_object('scope', scope, 'id', id,
          'startMs', (extract(epoch FROM window_start) * 1000)::text,
          'endMs', (extract(epoch FROM window_end) * 1000)::text, 'amount', amount_usd::text)), '[]')
        INTO v_lost FROM budget_leases WHERE holder = p_holder AND amount_usd <> 0;
        -- The rows stay: what was held is booked against them.
        UPDATE budget_leases SET amount_usd = 0 WHERE holder = p_holder AND amount_usd <> 0;
      END IF;
      FOR v_group IN SELECT g FROM jsonb_array_elements(p_asks->'groups') WITH ORDINALITY AS t (g, number)
        ORDER BY number
      LOOP
        v_answers := v_answers || jsonb_build_array(gatehouse_take_group(p_holder, v_now, v_group));
      END LOOP;
      RETURN jsonb_build_object('lost', v_lost, 'groups', v_answers);
    END`,
  },
);

/** The functions of budgets, each behind those that it calls. */
export const BUDGET_FUNCTIONS: readonly SqlFunction[] = [
  entriesSpend,
  windowSpend,
  openWindow,
  takeGroup,
  takeLeases,
];
