/** How leases end. */
export interface LeaseEnds {
  /** SQL of the leases of a window that count. */
  readonly counted: string;
  /** The column with what a process has lost. */
  readonly lost: 'amount_usd' | 'lost_usd';
  /** SQL of whether a process has lost what is there. */
  readonly isLost: string;
  /** SQL of further columns of a renewal. */
  readonly renewed: string;
}

/** A lease counts until the time of its process. */
export const LEASES_UNTIL_THEIR_TIME: LeaseEnds = {
  counted: `budget_leases l JOIN budget_holders h USING (holder)
        WHERE (l.scope, l.id, l.window_start, l.window_end)
          = (v_ask.scope, v_ask.id, v_ask.window_start, v_ask.window_end)
          -- A renewal that began in time may still be under way: a statement takes five seconds at most.
          AND (l.holder = p_holder OR h.expires_at > p_now - interval '6 seconds')`,
  lost: 'amount_usd',
  isLost: 'v_until <= v_now',
  renewed: '',
};

/** A lease counts until a process that lives has ended it, which books the calls that it covered. */
export const LEASES_UNTIL_BOOKED: LeaseEnds = {
  counted: `budget_leases l
        WHERE (l.scope, l.id, l.window_start, l.window_end)
          = (v_ask.scope, v_ask.id, v_ask.window_start, v_ask.window_end)`,
  lost: 'lost_usd',
  isLost: 'true',
  renewed: ', renewed_at = v_now',
};
