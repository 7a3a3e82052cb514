/**
 * Reads rows by their ids with one query.
 * @returns the rows by id; an id without a row is not in it
 */
export type ReadRows<T> = (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>;

interface Asked<T> {
  readonly id: string;
  readonly resolve: (row: T | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Few, because the connections are shared: a caller that asks for unknown ids must not take all of
 * them.
 */
const MAX_RUNNING = 2;
const MAX_IDS = 1_000;

/**
 * Reads of single rows, made together: what is asked for in one turn of the event loop, or while the queries that may
 * run at a time are all running, is one query. So neither a long list of ids nor a flood of unknown ones is a query each.
 */
export class BatchedReads<T> {
  private waiting: Asked<T>[] = [];
  private running = 0;

  constructor(private readonly load: ReadRows<T>) {}

  /**
   * Returns one row, `null` when there is none. Throws what the query throws.
   */
  read(id: string): Promise<T | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, resolve, reject });
      if (this.waiting.length === 1) queueMicrotask(() => this.start());
    });
  }

  private start(): void {
    while (this.waiting.length > 0 && this.running < MAX_RUNNING) {
      void this.run(this.waiting.splice(0, MAX_IDS));
    }
  }

  private async run(asked: readonly Asked<T>[]): Promise<void> {
    this.running += 1;
    try {
      const rows = await this.load([...new Set(asked.map(({ id }) => id))]);
      for (const { id, resolve } of asked) resolve(rows.get(id) ?? null);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      this.running -= 1;
      this.start();
    }
  }
}
