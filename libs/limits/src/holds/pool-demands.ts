import type { BudgetWindow } from './money-claims.js';
import { windowName } from './pool-moves.js';

const DEMAND_MS = 200;

/** When other processes were asked for windows, so that they are not asked too often. */
export class PoolDemands {
  private demanded = new Map<string, number>();

  /** Returns the windows that may be asked for now, and notes that they are. */
  due(windows: readonly BudgetWindow[]): readonly BudgetWindow[] {
    const nowMs = performance.now();
    return windows.filter((window) => {
      const isDue = nowMs > (this.demanded.get(windowName(window)) ?? -Infinity) + DEMAND_MS;
      if (isDue) this.demanded.set(windowName(window), nowMs);
      return isDue;
    });
  }

  /** Forgets all of them. */
  forget(): void {
    this.demanded = new Map();
  }
}
