import type { LeaseEnds } from './lease-ends.js';
import { sqlFunction, type SqlFunction } from './sql-function.js';

/**
 * Returns the function that hands out leases of several windows, all or none. Their rows are locked by the caller. A refusal is
 * of the tightest of the windows that are short, which is that of which the least is unspent: leases come back, what was spent
 * does not.
 * @param facts further members of a refusal, behind a comma
 */
export const takeGroup = ({ counted }: LeaseEnds, facts = ''): SqlFunction =>
  sqlFunction('gatehouse_take_group', ['p_holder text', 'p_now timestamptz', 'p_asks jsonb'], {
    returns: 'jsonb',
    body: `
    DECLARE
      v_ask record;
      v_spent numeric;
      v_others numeric;
      v_own numeric;
      v_left numeric;
      v_unspent numeric;
      v_refusal jsonb;
      v_short jsonb := '[]';
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
        FROM ${counted};
        v_left := v_ask.cap - v_spent - v_others - v_own;
        IF v_ask.need > 0 AND v_left < v_ask.need THEN
          v_short := v_short || to_jsonb(v_ask.place);
          IF v_unspent IS NULL OR v_ask.cap - v_spent < v_unspent THEN
            v_unspent := v_ask.cap - v_spent;
            v_refusal := jsonb_build_object('refused', v_ask.place, 'spent', v_spent::text,
              'held', (v_others + greatest(v_own, 0))::text, 'others', v_others::text${facts});
          END IF;
        END IF;
        v_granted := v_granted || to_jsonb(
          greatest(0, least(v_left, greatest(v_ask.want, trunc(v_left / 10, 12))))::text);
      END LOOP;
      IF v_refusal IS NOT NULL THEN RETURN v_refusal || jsonb_build_object('short', v_short); END IF;
      INSERT INTO budget_leases AS l (scope, id, window_start, window_end, holder, amount_usd)
      SELECT a.ask->>'scope', a.ask->>'id', (a.ask->>'start')::timestamptz, (a.ask->>'end')::timestamptz,
        p_holder, (v_granted->>(a.number - 1)::int)::numeric
      FROM jsonb_array_elements(p_asks) WITH ORDINALITY AS a (ask, number)
      ON CONFLICT (scope, id, window_start, window_end, holder)
        DO UPDATE SET amount_usd = l.amount_usd + EXCLUDED.amount_usd;
      RETURN jsonb_build_object('granted', v_granted);
    END`,
  });

/** The parameters of a function that hands out leases. */
export const TAKE_LEASES = ['p_holder text', 'p_seconds numeric', 'p_asks jsonb'] as const;

const reportLost = ({ lost, isLost }: LeaseEnds): string => `IF ${isLost} THEN
        SELECT coalesce(jsonb_agg(jsonb_build_object('scope', scope, 'id', id,
          'startMs', (extract(epoch FROM window_start) * 1000)::text,
          'endMs', (extract(epoch FROM window_end) * 1000)::text, 'amount', ${lost}::text)), '[]')
        INTO v_lost FROM budget_leases WHERE holder = p_holder AND ${lost} <> 0;
        -- The rows stay: what was held is booked against them.
        UPDATE budget_leases SET ${lost} = 0 WHERE holder = p_holder AND ${lost} <> 0;
      END IF;`;

/**
 * Renews the time of a process, takes back what it gives back, and hands out leases for groups of windows. To a
 * process whose time was up it reports what its leases were, because others may have got them. Requests of a process have
 * ascending numbers. One that is repeated, because its answer was lost, gets that answer and what was lost since.
 */
export const takeLeases = (ends: LeaseEnds): SqlFunction =>
  sqlFunction('gatehouse_take_leases', TAKE_LEASES, {
    returns: 'jsonb',
    body: `
    DECLARE
      v_now timestamptz := clock_timestamp();
      v_number bigint := (p_asks->>'number')::bigint;
      v_asks jsonb := p_asks;
      v_until timestamptz;
      v_known bigint;
      v_answer jsonb;
      v_lost jsonb := '[]';
      v_answers jsonb := '[]';
      v_group jsonb;
      v_ask record;
    BEGIN
      INSERT INTO budget_holders (holder, expires_at) VALUES (p_holder, '-infinity') ON CONFLICT (holder) DO NOTHING;
      SELECT h.expires_at, h.request_number, h.answer INTO v_until, v_known, v_answer
      FROM budget_holders h WHERE h.holder = p_holder FOR UPDATE;
      -- A copy on a connection that the process has given up.
      IF v_number < v_known THEN RAISE EXCEPTION 'a later request of this process was answered'; END IF;
      IF v_number = v_known THEN v_asks := '{"groups": [], "back": []}'; END IF;
      FOR v_ask IN SELECT DISTINCT a->>'scope' AS scope, a->>'id' AS id,
          (a->>'start')::timestamptz AS window_start, (a->>'end')::timestamptz AS window_end
        FROM jsonb_array_elements(v_asks->'groups') g, jsonb_array_elements(g) a
        WHERE NOT EXISTS (SELECT FROM budget_windows w
          WHERE (w.scope, w.id, w.window_start, w.window_end)
            = (a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz))
      LOOP
        PERFORM gatehouse_open_window(v_ask.scope, v_ask.id, v_ask.window_start, v_ask.window_end);
      END LOOP;
      PERFORM FROM budget_windows w WHERE (w.scope, w.id, w.window_start, w.window_end) IN (
          SELECT a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz
          FROM jsonb_array_elements(v_asks->'groups' || jsonb_build_array(v_asks->'back')) g,
            jsonb_array_elements(g) a
          UNION SELECT l.scope, l.id, l.window_start, l.window_end FROM budget_leases l
          WHERE l.holder = p_holder AND l.${ends.lost} <> 0 AND ${ends.isLost})
        ORDER BY w.scope, w.id, w.window_start, w.window_end FOR UPDATE OF w;
      UPDATE budget_leases l SET amount_usd = l.amount_usd - (a->>'amount')::numeric
      FROM jsonb_array_elements(v_asks->'back') a
      WHERE l.holder = p_holder AND (l.scope, l.id, l.window_start, l.window_end)
        = (a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz);
      ${reportLost(ends)}
      FOR v_group IN SELECT g FROM jsonb_array_elements(v_asks->'groups') WITH ORDINALITY AS t (g, number)
        ORDER BY number
      LOOP
        v_answers := v_answers || jsonb_build_array(gatehouse_take_group(p_holder, v_now, v_group));
      END LOOP;
      v_answer := CASE WHEN v_number = v_known
        THEN jsonb_build_object('lost', v_answer->'lost' || v_lost, 'groups', v_answer->'groups')
        ELSE jsonb_build_object('lost', v_lost, 'groups', v_answers) END;
      UPDATE budget_holders h SET expires_at = v_now + p_seconds * interval '1 second',
        request_number = coalesce(v_number, v_known), answer = v_answer${ends.renewed}
      WHERE h.holder = p_holder;
      RETURN v_answer;
    END`,
  });
