import type { LeaseAmount } from './lease-source.js';
import type { LeasedPool, PoolMoves } from './pool-moves.js';
import type { PostgresLeases } from './postgres-leases.js';

/** Parts of {@link LeftPools}. */
export interface LeftPoolsParts {
  readonly postgres: Pick<PostgresLeases, 'leave'>;
  readonly moves: PoolMoves;
  /** The pool that is used now. */
  readonly used: () => LeasedPool | null;
}

/** The longest time for which a call waits until other processes have left a lost pool, too. */
const CLOSING_MS = 2_000;

/**
 * The pools that this process has left and PostgreSQL counts it to. The last process that leaves a pool frees what is left of it:
 * all that was taken out of it is in leases of processes then.
 */
export class LeftPools {
  private readonly names = new Set<string>();
  private closingUntilMs = -Infinity;

  constructor(private readonly parts: LeftPoolsParts) {}

  /** Whether PostgreSQL does not know of one. */
  get hasUntold(): boolean {
    return this.names.size > 0;
  }

  /** Whether money of a lost pool may be free in a moment. */
  get isClosing(): boolean {
    return performance.now() < this.closingUntilMs;
  }

  /**
   * Notes a pool that this process never uses again.
   * @param isLost whether it ended before its time
   */
  note(name: string, isLost: boolean): void {
    this.names.add(name);
    if (isLost) this.closingUntilMs = performance.now() + CLOSING_MS;
  }

  /**
   * Moves all of these pools into the lease of this process, and gives the rest of them up. No other report of moves is under
   * way.
   * @returns what this process has lost
   * @throws GatehouseError `database_unavailable`; it may be repeated
   */
  async tell(): Promise<LeaseAmount[]> {
    const { postgres, moves, used } = this.parts;
    const names = [...this.names];
    if (names.length === 0) return [];
    const outgoing = moves.outgoing(used());
    const { lost, isOpen } = await postgres.leave(names, outgoing);
    for (const name of names) this.names.delete(name);
    if (!isOpen) this.closingUntilMs = -Infinity;
    return moves.confirmed(outgoing, lost);
  }
}
