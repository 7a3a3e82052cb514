import type { GatehouseError } from '#libs/common';

/**
 * Whether the access of a call was taken back while it runs (a revocation, a block), and why. An `AbortController` tells
 * the same through an event target, which every call would have to make and hardly any uses.
 */
export class Withdrawal {
  private refusal: GatehouseError | null = null;
  private listeners: readonly ((reason: GatehouseError) => void)[] = [];

  /** The error that refuses the call, or replaces the rest of its stream; `null` while the access holds. */
  get reason(): GatehouseError | null {
    return this.refusal;
  }

  /**
   * Takes the access back. Nothing happens where that was done before.
   * @param reason the error that the caller receives
   */
  withdraw(reason: GatehouseError): void {
    if (this.refusal !== null) return;
    this.refusal = reason;
    for (const listener of this.listeners) listener(reason);
  }

  /**
   * Calls back when the access is taken back from now on.
   * @param listener called at most once, with the reason
   * @returns a function after which the listener is not called any more
   */
  onWithdrawn(listener: (reason: GatehouseError) => void): () => void {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((one) => one !== listener);
    };
  }

  /**
   * Lets a call go on whose access holds.
   * @throws GatehouseError the reason of the withdrawal
   */
  requireNone(): void {
    if (this.refusal !== null) throw this.refusal;
  }
}
