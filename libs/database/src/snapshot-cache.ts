import { LRUCache } from 'lru-cache';
import { deepFreeze } from '#libs/common';
import type { ChangeFeed, ChangeTopic } from './change-feed.js';

/** How a {@link SnapshotCache} is dimensioned. */
export interface SnapshotCacheOptions {
  /** Most entries kept, absences included; the least recently used goes first. Default 10 000. */
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
 * - One load per id at a time; absence is remembered like a row; a failed load is not remembered.
 * - A value whose load overlapped a change of its row is never kept and never given to a caller
 *   who asked after the change: it is loaded again.
 * - There is no time limit: while the database is away, known snapshots go on serving.
 */
export class SnapshotCache<T extends object> {
  private readonly entries: LRUCache<string, { readonly value: T | null }>;
  private readonly loads = new Map<string, Load<T>>();

  /**
   * @param feed whose changes drop entries; subscribed to for the life of the cache
   * @param topic the topic of the rows
   * @param load reads one row by id, `null` when there is none
   * @param options dimensions
   */
  constructor(
    feed: ChangeFeed,
    topic: ChangeTopic,
    private readonly load: (id: string) => Promise<T | null>,
    options: SnapshotCacheOptions = {},
  ) {
    this.entries = new LRUCache({ max: options.max ?? DEFAULT_MAX });
    feed.subscribe(topic, (id) => {
      if (id === null) this.dropAll();
      else this.drop(id);
    });
  }

  /**
   * The snapshot of a row, from memory if it is known.
   * @param id which row
   * @returns the frozen snapshot, or `null` when there is no such row
   * @throws whatever the load throws, typically GatehouseError `database_unavailable`
   */
  async find(id: string): Promise<T | null> {
    const entry = this.entries.get(id);
    if (entry !== undefined) return entry.value;
    return this.reload(id, MAX_RELOADS);
  }

  /** Forgets everything. */
  dropAll(): void {
    this.entries.clear();
    for (const load of this.loads.values()) load.isOutdated = true;
    this.loads.clear();
  }

  private drop(id: string): void {
    this.entries.delete(id);
    const load = this.loads.get(id);
    if (load === undefined) return;
    load.isOutdated = true;
    this.loads.delete(id);
  }

  private async reload(id: string, attemptsLeft: number): Promise<T | null> {
    const load = this.loads.get(id) ?? this.begin(id);
    const value = await load.promise;
    if (!load.isOutdated || attemptsLeft === 0) return value;
    const entry = this.entries.get(id);
    return entry === undefined ? this.reload(id, attemptsLeft - 1) : entry.value;
  }

  private begin(id: string): Load<T> {
    const load: Load<T> = { promise: this.run(id, () => load), isOutdated: false };
    this.loads.set(id, load);
    return load;
  }

  private async run(id: string, own: () => Load<T>): Promise<T | null> {
    // The first tick lets `begin` register the load before a change can look for it.
    await Promise.resolve();
    try {
      const value = deepFreeze(await this.load(id));
      if (!own().isOutdated) this.entries.set(id, { value });
      return value;
    } finally {
      if (this.loads.get(id) === own()) this.loads.delete(id);
    }
  }
}
