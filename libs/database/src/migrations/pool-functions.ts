import { LEASES_UNTIL_THEIR_TIME, type LeaseEnds } from './lease-ends.js';
import { TAKE_LEASES } from './lease-functions.js';
import { sqlFunction, type SqlFunction } from './sql-function.js';

/**
 * Applies what a process reports of pools: what it took out of one moves into its own lease, and what nothing holds any more is
 * free. Each move has a number and is applied once, however often it is reported. Those of a pool whose time is up are lost,
 * because others may have got the money. The windows are locked by the caller.
 */
const applyMoves = sqlFunction(
  'gatehouse_apply_moves',
  ['p_holder text', 'p_now timestamptz', 'p_moves jsonb'],
  {
    returns: 'jsonb',
    body: `
    DECLARE
      v_moved bigint;
      v_lost jsonb;
    BEGIN
      SELECT h.moved_number INTO v_moved FROM budget_holders h WHERE h.holder = p_holder FOR UPDATE;
      WITH due AS (
        SELECT m.* FROM jsonb_to_recordset(p_moves) AS m (number bigint, pool text, scope text, id text,
          start timestamptz, "end" timestamptz, amount numeric, taken boolean)
        JOIN budget_holders h ON h.holder = m.pool AND h.expires_at > p_now
        WHERE m.number > v_moved)
      INSERT INTO budget_leases AS l (scope, id, window_start, window_end, holder, amount_usd)
      SELECT d.scope, d.id, d.start, d."end", s.holder, sum(s.amount)
      FROM due d CROSS JOIN LATERAL (VALUES (d.pool, -d.amount), (p_holder, d.amount)) AS s (holder, amount)
      WHERE d.taken OR s.holder = d.pool
      GROUP BY d.scope, d.id, d.start, d."end", s.holder
      ON CONFLICT (scope, id, window_start, window_end, holder)
        DO UPDATE SET amount_usd = l.amount_usd + EXCLUDED.amount_usd;
      UPDATE budget_holders h SET moved_number = greatest(h.moved_number,
        (SELECT max((m->>'number')::bigint) FROM jsonb_array_elements(p_moves) m))
      WHERE h.holder = p_holder;
      SELECT coalesce(jsonb_agg(m->'number'), '[]') INTO v_lost FROM jsonb_array_elements(p_moves) m
      WHERE v_moved IS NULL OR NOT EXISTS (
        SELECT FROM budget_holders h WHERE h.holder = m->>'pool' AND h.expires_at > p_now);
      RETURN v_lost;
    END`,
  },
);

/** Applies moves without a renewal, before what they cover is booked. Returns the numbers of those that are lost. */
const movePools = sqlFunction('gatehouse_move_pools', ['p_holder text', 'p_moves jsonb'], {
  returns: 'jsonb',
  body: `
    DECLARE
      v_now timestamptz := clock_timestamp();
    BEGIN
      PERFORM FROM budget_holders h WHERE h.holder = p_holder FOR UPDATE;
      PERFORM FROM budget_windows w WHERE (w.scope, w.id, w.window_start, w.window_end) IN (
          SELECT m->>'scope', m->>'id', (m->>'start')::timestamptz, (m->>'end')::timestamptz
          FROM jsonb_array_elements(p_moves) m)
        ORDER BY w.scope, w.id, w.window_start, w.window_end FOR UPDATE OF w;
      RETURN gatehouse_apply_moves(p_holder, v_now, p_moves);
    END`,
});

/**
 * Notes that the process may take from the pool, before it learns so. A pool that is being closed is locked, and has ended then:
 * the clock is read anew behind the lock.
 */
export const COUNTS_MEMBERS = `
      IF v_until IS NOT NULL
        AND NOT EXISTS (SELECT FROM budget_holders h WHERE h.holder = p_holder AND v_pool = ANY (h.pools)) THEN
        PERFORM FROM budget_holders h WHERE h.holder = v_pool AND h.expires_at > clock_timestamp() FOR SHARE;
        IF FOUND THEN
          UPDATE budget_holders h SET pools = h.pools || v_pool WHERE h.holder = p_holder;
        ELSE
          v_until := NULL;
        END IF;
      END IF;`;

/**
 * Does what gatehouse_take_leases does, after the moves and before a lease for a pool. A pool ends a fixed time after its first
 * lease, or once every process that may take from it has left it. One that this database does not know is not used, unless the
 * process has just made it.
 * @param members SQL that notes the processes of a pool
 */
export const takePooled = ({ lost, isLost }: LeaseEnds, members = ''): SqlFunction =>
  sqlFunction('gatehouse_take_pooled', [...TAKE_LEASES, 'p_pool jsonb'], {
    returns: 'jsonb',
    body: `
    DECLARE
      v_now timestamptz := clock_timestamp();
      v_until timestamptz;
      v_known bigint;
      v_pool text := p_pool->>'name';
      v_window record;
      v_taken jsonb;
      v_lost jsonb;
      v_filled jsonb;
    BEGIN
      SELECT h.expires_at, h.request_number INTO v_until, v_known
      FROM budget_holders h WHERE h.holder = p_holder FOR UPDATE;
      -- Windows are opened before any is locked: bookings lock them under the advisory lock that opening takes alone.
      FOR v_window IN SELECT DISTINCT a->>'scope' AS scope, a->>'id' AS id,
          (a->>'start')::timestamptz AS window_start, (a->>'end')::timestamptz AS window_end
        FROM jsonb_array_elements(p_asks->'groups') g, jsonb_array_elements(g) a
        WHERE NOT EXISTS (SELECT FROM budget_windows w
          WHERE (w.scope, w.id, w.window_start, w.window_end)
            = (a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz))
      LOOP
        PERFORM gatehouse_open_window(v_window.scope, v_window.id, v_window.window_start, v_window.window_end);
      END LOOP;
      PERFORM FROM budget_windows w WHERE (w.scope, w.id, w.window_start, w.window_end) IN (
          SELECT a->>'scope', a->>'id', (a->>'start')::timestamptz, (a->>'end')::timestamptz
          FROM jsonb_array_elements(p_asks->'groups' || jsonb_build_array(p_asks->'back', p_pool->'moves')) g,
            jsonb_array_elements(g) a
          UNION SELECT l.scope, l.id, l.window_start, l.window_end FROM budget_leases l
          WHERE l.holder = p_holder AND l.${lost} <> 0 AND ${isLost})
        ORDER BY w.scope, w.id, w.window_start, w.window_end FOR UPDATE OF w;
      v_lost := gatehouse_apply_moves(p_holder, v_now, p_pool->'moves');
      v_taken := gatehouse_take_leases(p_holder, p_seconds, p_asks);
      IF (p_pool->>'isNew')::boolean THEN
        INSERT INTO budget_holders (holder, expires_at) VALUES (v_pool, v_now + p_seconds * interval '1 second')
        ON CONFLICT (holder) DO NOTHING;
      END IF;
      SELECT h.expires_at INTO v_until FROM budget_holders h WHERE h.holder = v_pool AND h.expires_at > v_now;${members}
      -- What a request leased for the pool whose answer was lost counts until the pool ends.
      IF v_until IS NOT NULL AND v_known IS DISTINCT FROM (p_asks->>'number')::bigint
        AND jsonb_array_length(p_pool->'fills') > 0 THEN
        v_filled := gatehouse_take_group(v_pool, v_now, p_pool->'fills')->'granted';
      END IF;
      RETURN v_taken || jsonb_build_object('pool', jsonb_build_object('lost', v_lost, 'filled', v_filled,
        'leftMs', floor(extract(epoch FROM v_until - v_now) * 1000)::text));
    END`,
  });

/**
 * Applies all moves of a process out of pools that it never uses again, and closes those of them that no process uses any more:
 * all that was taken out of such a pool is in leases of processes, so that the rest is free at once. Returns the numbers of the
 * moves that are lost, and whether a pool is left that others use. Pools that have ended are locked by those that end them.
 */
export const leavePools = sqlFunction(
  'gatehouse_leave_pools',
  ['p_holder text', 'p_moves jsonb', 'p_pools text[]'],
  {
    returns: 'jsonb',
    body: `
    DECLARE
      v_now timestamptz := clock_timestamp();
      v_lost jsonb;
    BEGIN
      PERFORM FROM budget_holders h WHERE h.holder = p_holder FOR UPDATE;
      PERFORM FROM budget_windows w WHERE (w.scope, w.id, w.window_start, w.window_end) IN (
          SELECT m->>'scope', m->>'id', (m->>'start')::timestamptz, (m->>'end')::timestamptz
          FROM jsonb_array_elements(p_moves) m
          UNION SELECT l.scope, l.id, l.window_start, l.window_end FROM budget_leases l
          WHERE l.holder = ANY (p_pools) AND l.amount_usd <> 0)
        ORDER BY w.scope, w.id, w.window_start, w.window_end FOR UPDATE OF w;
      v_lost := gatehouse_apply_moves(p_holder, v_now, p_moves);
      PERFORM FROM budget_holders h WHERE h.holder = ANY (p_pools) AND h.expires_at > clock_timestamp()
        ORDER BY h.holder FOR UPDATE;
      UPDATE budget_holders h SET pools = ARRAY(SELECT p FROM unnest(h.pools) p WHERE p <> ALL (p_pools))
      WHERE h.holder = p_holder;
      WITH closed AS (
        UPDATE budget_holders h SET expires_at = clock_timestamp()
        WHERE h.holder = ANY (p_pools) AND h.expires_at > clock_timestamp()
          AND NOT EXISTS (SELECT FROM budget_holders p WHERE h.holder = ANY (p.pools))
        RETURNING h.holder)
      UPDATE budget_leases l SET amount_usd = 0 FROM closed c WHERE l.holder = c.holder AND l.amount_usd <> 0;
      RETURN jsonb_build_object('lost', v_lost, 'isOpen', EXISTS (
        SELECT FROM budget_holders h WHERE h.holder = ANY (p_pools) AND h.expires_at > clock_timestamp()));
    END`,
  },
);

/** The functions of pools, each behind those that it calls. */
export const POOL_FUNCTIONS: readonly SqlFunction[] = [
  applyMoves,
  movePools,
  takePooled(LEASES_UNTIL_THEIR_TIME),
];
