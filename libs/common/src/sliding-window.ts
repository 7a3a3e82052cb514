/** Length of every window. */
export const WINDOW_MS = 60_000;
/** Units are counted by the cell in which they were taken. */
const CELL_MS = 100;

/** A cell counts until the whole of it is older than the window. */
const CELLS_PER_WINDOW = WINDOW_MS / CELL_MS;

interface Cell {
  readonly number: number;
  amount: number;
}

/**
 * The units that were taken of one counter in the last minute. A unit counts for at least 60 seconds and for at most
 * 60.1, at every instant: there is no edge at which a second allowance begins. Instants are of a clock that never goes
 * back.
 */
export class SlidingWindow {
  /** Oldest first; no two of one number. */
  private cells: Cell[] = [];
  private sum = 0;

  /** Returns the units that count at an instant. */
  totalAt(nowMs: number): number {
    this.forget(nowMs);
    return this.sum;
  }

  /**
   * Adds units.
   * @returns the cell that they are in, for {@link correct}
   */
  add(nowMs: number, amount: number): number {
    this.forget(nowMs);
    const number = cellOf(nowMs);
    const last = this.cells.at(-1);
    if (last?.number === number) last.amount += amount;
    else this.cells.push({ number, amount });
    this.sum += amount;
    return number;
  }

  /** Changes the units of a cell by a difference. One that does not count any more stays out. */
  correct(cell: number, difference: number): void {
    const found = this.cells.findLast(({ number }) => number === cell);
    if (found === undefined) return;
    found.amount += difference;
    this.sum += difference;
  }

  /** Returns the milliseconds until an amount fits under a limit, if nothing is added; 0 when they fit now. */
  waitMs(nowMs: number, amount: number, limit: number): number {
    let excess = this.totalAt(nowMs) + amount - limit;
    for (const cell of this.cells) {
      if (excess <= 0) break;
      excess -= cell.amount;
      if (excess <= 0) return endOf(cell) - nowMs;
    }
    return excess <= 0 ? 0 : WINDOW_MS;
  }

  /** Returns the milliseconds until nothing counts any more. */
  resetMs(nowMs: number): number {
    this.forget(nowMs);
    const last = this.cells.at(-1);
    return last === undefined ? 0 : endOf(last) - nowMs;
  }

  private forget(nowMs: number): void {
    const oldest = cellOf(nowMs) - CELLS_PER_WINDOW;
    const kept = this.cells.findIndex(({ number }) => number >= oldest);
    if (kept === 0) return;
    const left = kept === -1 ? this.cells.splice(0) : this.cells.splice(0, kept);
    for (const { amount } of left) this.sum -= amount;
  }
}

function cellOf(instantMs: number): number {
  return Math.floor(instantMs / CELL_MS);
}

/** The first instant at which a cell does not count. */
function endOf({ number }: Cell): number {
  return (number + CELLS_PER_WINDOW + 1) * CELL_MS;
}
