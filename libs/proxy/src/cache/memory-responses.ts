import { LRUCache } from 'lru-cache';

/** An entry as Keyv keeps it. */
interface Entry {
  readonly value: string;
}

/** Returns a Keyv store in the memory of the process: the least recently used responses go first. */
export function memoryResponses(maxBytes: number): object {
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    // A string in memory has two bytes a character at most.
    sizeCalculation: ({ value }, key) => 2 * (key.length + value.length),
  });
  return {
    get: (key: string) => entries.get(key),
    set: (key: string, entry: Entry) => entries.set(key, entry),
    delete: (key: string) => entries.delete(key),
    clear: () => {
      entries.clear();
    },
  };
}
