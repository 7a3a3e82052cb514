import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';

const MAX_ENTRIES = 30_000;
/** For all entries together: the groups of some subjects are thousands. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Returns a store of the cache manager in the memory of this process, bounded by count and bytes: the
 * least recently used entries go first. It keeps the objects themselves, so a read costs no parsing.
 */
export function memoryStore(): Keyv {
  const entries = new LRUCache<string, object>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    // A string in memory has two bytes a character at most.
    sizeCalculation: (entry, key) => 2 * (key.length + JSON.stringify(entry).length),
  });
  const store = {
    get: (key: string) => entries.get(key),
    set: (key: string, entry: object) => entries.set(key, entry),
    delete: (key: string) => entries.delete(key),
    clear: () => {
      entries.clear();
    },
  };
  const keyv = new Keyv({ store, useKeyPrefix: false });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}
