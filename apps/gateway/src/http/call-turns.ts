/** More would delay the first bytes of a burst; fewer would cost turns in which hardly anything is done. */
const CALLS_PER_TURN = 4;

/** A call that has not been started yet. */
interface NewCall {
  readonly response: { readonly destroyed: boolean };
  /** Hands the call on; does not throw. */
  readonly start: () => void;
}

/**
 * Spreads calls that arrive at once over turns of the event loop, in the order in which they came. Between two turns
 * the responses of earlier calls and the events of running streams are passed on. Otherwise all calls of a burst would be
 * evaluated before the first of them gets a byte.
 */
export class CallTurns {
  private taken = 0;
  private readonly waiting: NewCall[] = [];

  /**
   * Starts a call, at once where this turn has room for it. A call whose client leaves while it waits is not started.
   */
  take(response: NewCall['response'], start: () => void): void {
    if (this.taken === CALLS_PER_TURN) {
      this.waiting.push({ response, start });
      return;
    }
    this.taken += 1;
    if (this.taken === CALLS_PER_TURN) setImmediate(this.turn);
    start();
  }

  private readonly turn = (): void => {
    this.taken = 0;
    while (this.taken < CALLS_PER_TURN) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      if (!next.response.destroyed) this.take(next.response, next.start);
    }
  };
}
