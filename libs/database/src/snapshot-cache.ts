import { LRUCache } from 'lru-cache';
import { deepFreeze, noteRead } from '#libs/common';
import { BatchedReads, type ReadRows } from './batched-reads.js';
import type { ChangeFeed, ChangeTopic } from './change-feed.js';

/** Limits of a {@link SnapshotCache}. */
export interface SnapshotCacheOptions {
  /** Most rows kept; the least recently used goes first. Default 10 000. Of absences half as many are kept, apart. */
  readonly max?: number;
}

interface Load<T> {
  readonly promise: Promise<T | null>;
  /** Whether an invalidation came while it ran, so that its value may be older than the change. */
  isOutdated: boolean;
}

const DEFAULT_MAX = 10_000;
/** Reloads after which a value is handed out uncached although changes keep coming. */
const MAX_RELOADS = 3;

/**
 * Rows of one topic as frozen snapshots in memory, until the change feed says that they changed.
 *
 * - One load per id at a time; ids asked for together are read with one query; a failed load is not
 *   cached.
 * - Absence is cached too, apart from the rows: a caller that makes ids up displaces no row.
 * - A value whose load overlapped a change of its row is never kept and never given to a caller
 *   who asked after the change: it is loaded again.
 * - There is no time limit: while the database is away, known snapshots go on serving.
 */
export class SnapshotCache<T extends object> {
  private readonly rows: LRUCache<string, T>;
  private readonly absences: LRUCache<string, true>;
  private readonly reads: BatchedReads<T>;
  private readonly loads = new Map<string, Load<T>>();

  /**
   * @param feed whose changes drop entries; subscribed to for the life of the cache
   * @param topic the topic of the rows
   * @param load reads rows by their ids
   */
  constructor(
    feed: ChangeFeed,
    topic: ChangeTopic,
    load: ReadRows<T>,
    options: SnapshotCacheOptions = {},
  ) {
    const max = options.max ?? DEFAULT_MAX;
    this.rows = new LRUCache({ max });
    this.absences = new LRUCache({ max: Math.ceil(max / 2) });
    this.reads = new BatchedReads(load);
    feed.subscribe(topic, (id) => {
      if (id === null) this.dropAll();
      else this.drop(id);
    });
  }

  /**
   * Returns the frozen snapshot of a row, from memory if it is known; `null` when there is no such
   * row.
   * @throws GatehouseError `database_unavailable`, and what else the load throws
   */
  async find(id: string): Promise<T | null> {
    // No string in PostgreSQL holds NUL, and it would fail the query of all callers that share it.
    if (id.includes('\0')) return null;
    const known = this.known(id);
    const value = known === undefined ? await this.reload(id, MAX_RELOADS) : known;
    noteRead(() => this.known(id) === value);
    return value;
  }

  /** Returns what {@link find} would find in memory; `undefined` when it would have to read. */
  peek(id: string): T | null | undefined {
    return id.includes('\0') ? null : this.known(id);
  }

  /** Forgets everything. */
  dropAll(): void {
    this.rows.clear();
    this.absences.clear();
    for (const load of this.loads.values()) load.isOutdated = true;
    this.loads.clear();
  }

  private known(id: string): T | null | undefined {
    const row = this.rows.get(id);
    if (row !== undefined) return row;
    return this.absences.get(id) === undefined ? undefined : null;
  }

  private keep(id: string, value: T | null): void {
    if (value === null) this.absences.set(id, true);
    else this.rows.set(id, value);
  }

  private drop(id: string): void {
    this.rows.delete(id);
    this.absences.delete(id);
    const load = this.loads.get(id);
    if (load === undefined) return;
    load.isOutdated = true;
    this.loads.delete(id);
  }

  private async reload(id: string, attemptsLeft: number): Promise<T | null> {
    const load = this.loads.get(id) ?? this.begin(id);
    const value = await load.promise;
    if (!load.isOutdated || attemptsLeft === 0) return value;
    const known = this.known(id);
    return known === undefined ? this.reload(id, attemptsLeft - 1) : known;
  }

  private begin(id: string): Load<T> {
    const load: Load<T> = { promise: this.run(id, () => load), isOutdated: false };
    this.loads.set(id, load);
    return load;
  }

  private async run(id: string, own: () => Load<T>): Promise<T | null> {
    try {
      const value = deepFreeze(await this.reads.read(id));
      if (!own().isOutdated) this.keep(id, value);
      return value;
    } finally {
      if (this.loads.get(id) === own()) this.loads.delete(id);
    }
  }
}
