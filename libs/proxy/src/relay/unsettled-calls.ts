import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';

/**
 * Counts the calls that are not settled yet, those included whose client has gone while the upstream is
 * read to its end. A graceful shutdown waits for them, and ends them when its grace time is over.
 */
@Injectable()
export class UnsettledCalls {
  private running = 0;
  private hasEnded = false;
  private readonly waiting = new Set<() => void>();
  private readonly enders = new Set<() => void>();
  private readonly stoppers = new Set<() => void>();
  private isStopping = false;

  /** True from {@link endAll} on: no call may be begun or tried again. */
  get isEnding(): boolean {
    return this.hasEnded;
  }

  /**
   * Lets a call begin, or be tried again.
   * @throws GatehouseError `shutting_down` from {@link endAll} on
   */
  refuseWhileEnding(): void {
    if (this.hasEnded) throw new GatehouseError('shutting_down');
  }

  /** Calls that are not settled yet. */
  count(): number {
    return this.running;
  }

  /** Counts a call until it has ended, however it ends. */
  track<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    const call = work();
    call.then(this.leave, this.leave);
    return call;
  }

  private readonly leave = (): void => {
    this.running -= 1;
    if (this.running === 0) for (const wake of this.waiting) wake();
  };

  /**
   * Tells connections that would go on for long that the process stops: each ends when what runs on it has ended. New ones are
   * refused. Idempotent.
   */
  stopConnections(): void {
    this.isStopping = true;
    for (const stop of this.stoppers) stop();
    this.stoppers.clear();
  }

  /**
   * Lets a connection begin.
   * @param listener called at most once, at {@link stopConnections}
   * @returns what ends the watch
   * @throws GatehouseError `shutting_down` from {@link stopConnections} on
   */
  onStopping(listener: () => void): () => void {
    if (this.isStopping) throw new GatehouseError('shutting_down');
    this.stoppers.add(listener);
    return () => {
      this.stoppers.delete(listener);
    };
  }

  /**
   * Ends every running call as `shutting_down`, for good: a stream gets the error event, a call without an
   * answer the error status, and each is settled with what was read of it. Returns at once;
   * {@link drained} tells when all are settled. Idempotent.
   */
  endAll(): void {
    this.hasEnded = true;
    for (const end of this.enders) end();
    this.enders.clear();
  }

  /**
   * Calls back at {@link endAll}; not when that has been already, which {@link isEnding} tells.
   * @param listener called at most once
   * @returns what ends the watch
   */
  onEnding(listener: () => void): () => void {
    this.enders.add(listener);
    return () => {
      this.enders.delete(listener);
    };
  }

  /**
   * Waits until no call is left and the last answer was written to its connection.
   * @returns whether that was reached
   */
  async drained(timeoutMs: number): Promise<boolean> {
    const isDrained = this.running === 0 || (await this.lastLeft(timeoutMs));
    // The error status of a refused call is written by the filter, after the call has left here.
    await nextTurn();
    return isDrained;
  }

  private lastLeft(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (isDrained: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve(isDrained);
      };
      const wake = (): void => {
        finish(true);
      };
      const timer = setTimeout(() => {
        finish(false);
      }, timeoutMs);
      this.waiting.add(wake);
    });
  }
}
