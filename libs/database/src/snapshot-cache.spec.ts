import { Logger } from '@nestjs/common';
import { LocalChangeFeed } from './change-feed.js';
import { SnapshotCache } from './snapshot-cache.js';

interface Row {
  readonly name: string;
  readonly models: string[];
}

/** Loads that the test answers by hand, in the order in which they began. */
class ManualLoads {
  readonly begun: {
    ids: readonly string[];
    /** Every id that was asked for has this row, or none has one. */
    answer: (row: Row | null) => void;
    fail: (e: Error) => void;
  }[] = [];

  load = (ids: readonly string[]): Promise<ReadonlyMap<string, Row>> =>
    new Promise((resolve, fail) => {
      const response = (row: Row | null): void => {
        resolve(new Map(row === null ? [] : ids.map((id) => [id, row])));
      };
      this.begun.push({ ids, answer: response, fail });
    });

  async begin(count: number): Promise<void> {
    while (this.begun.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
}

const row = (name: string): Row => ({ name, models: [name] });

describe('SnapshotCache', () => {
  let feed: LocalChangeFeed;
  let loads: ManualLoads;
  let cache: SnapshotCache<Row>;

  beforeEach(() => {
    feed = new LocalChangeFeed();
    loads = new ManualLoads();
    cache = new SnapshotCache(feed, 'team', loads.load, { max: 2 });
  });

  async function fill(id: string, value: Row | null): Promise<Row | null> {
    const found = cache.find(id);
    await loads.begin(loads.begun.length + 1);
    loads.begun.at(-1)?.answer(value);
    return found;
  }

  it('loads once for all who ask at the same time, and not again', async () => {
    const asked = [cache.find('a'), cache.find('a'), cache.find('a')];
    await loads.begin(1);
    loads.begun[0]?.answer(row('one'));
    const [first, ...others] = await Promise.all(asked);
    for (const other of others) expect(other).toBe(first);
    expect(await cache.find('a')).toBe(first);
    expect(loads.begun).toHaveLength(1);
  });

  it('remembers that there is no such row until it changes', async () => {
    expect(await fill('a', null)).toBeNull();
    expect(await cache.find('a')).toBeNull();
    expect(loads.begun).toHaveLength(1);
    feed.deliver('team', 'a');
    expect(await fill('a', row('created'))).toEqual(row('created'));
  });

  it('hands out values that a caller cannot change', async () => {
    const found = await fill('a', row('one'));
    expect(() => found?.models.push('more')).toThrow(TypeError);
  });

  it('never gives a value from before a change to someone who asks after it', async () => {
    const before = cache.find('a');
    await loads.begin(1);
    feed.deliver('team', 'a');
    const after = cache.find('a');
    await loads.begin(2);
    loads.begun[0]?.answer(row('old'));
    loads.begun[1]?.answer(row('new'));
    expect(await after).toEqual(row('new'));
    expect(await before).toEqual(row('new'));
    expect(await cache.find('a')).toEqual(row('new'));
    expect(loads.begun).toHaveLength(2);
  });

  it('loads again by itself when the row changed meanwhile', async () => {
    const asked = cache.find('a');
    await loads.begin(1);
    feed.deliver('team', null);
    loads.begun[0]?.answer(row('old'));
    await loads.begin(2);
    loads.begun[1]?.answer(row('new'));
    expect(await asked).toEqual(row('new'));
  });

  it('reads what is asked for together with one query, and has each answered by itself', async () => {
    const asked = Array.from({ length: 1_000 }, (_, index) => cache.find(String(index)));
    await loads.begin(1);
    expect(loads.begun[0]?.ids).toHaveLength(1_000);
    feed.deliver('team', '7');
    loads.begun[0]?.answer(row('one'));
    await loads.begin(2);
    expect(loads.begun[1]?.ids).toEqual(['7']);
    loads.begun[1]?.answer(null);
    const found = await Promise.all(asked);
    expect(found.filter((one) => one === null)).toHaveLength(1);
    expect(found[7]).toBeNull();
  });

  it('runs few queries at a time, however many unknown ids are asked for', async () => {
    const asked: Promise<Row | null>[] = [];
    for (let index = 0; index < 100; index += 1) {
      asked.push(cache.find(`made up ${String(index)}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(loads.begun.map(({ ids }) => ids.length)).toEqual([1, 1]);
    loads.begun[0]?.fail(new Error('away'));
    await expect(asked[0]).rejects.toThrow('away');
    await loads.begin(3);
    expect(loads.begun[2]?.ids).toHaveLength(98);
    loads.begun[1]?.answer(null);
    loads.begun[2]?.answer(null);
    expect(new Set(await Promise.all(asked.slice(1)))).toEqual(new Set([null]));
  });

  it('keeps its rows when many unknown ids are asked for', async () => {
    await fill('a', row('a'));
    for (const id of ['x', 'y', 'z']) await fill(id, null);
    await cache.find('a');
    expect(loads.begun).toHaveLength(4);
    await fill('x', null);
  });

  it('never asks for an id with NUL, at which the query would fail for others too', async () => {
    expect(await cache.find('a\0')).toBeNull();
    expect(loads.begun).toHaveLength(0);
  });

  it('answers although changes never stop, and keeps nothing then', async () => {
    const asked = cache.find('a');
    for (let count = 1; count <= 4; count += 1) {
      await loads.begin(count);
      feed.deliver('team', 'a');
      loads.begun[count - 1]?.answer(row(String(count)));
    }
    expect(await asked).toEqual(row('4'));
    void cache.find('a');
    await loads.begin(5);
  });

  it('does not remember a failed load', async () => {
    const asked = cache.find('a');
    await loads.begin(1);
    loads.begun[0]?.fail(new Error('away'));
    await expect(asked).rejects.toThrow('away');
    expect(await fill('a', row('back'))).toEqual(row('back'));
  });

  it('leaves other rows and other topics alone', async () => {
    await fill('a', row('a'));
    await fill('b', row('b'));
    feed.deliver('team', 'a');
    feed.deliver('user', null);
    await cache.find('b');
    expect(loads.begun).toHaveLength(2);
  });

  it('drops everything on demand, and the least recently used beyond its size', async () => {
    await fill('a', row('a'));
    await fill('b', row('b'));
    await fill('c', row('c'));
    await fill('a', row('a again'));
    cache.dropAll();
    await fill('c', row('c again'));
    expect(loads.begun).toHaveLength(5);
  });
});

describe('LocalChangeFeed', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('calls the others when one listener throws, and no listener that has unsubscribed', () => {
    const feed = new LocalChangeFeed();
    const heard: (string | null)[] = [];
    feed.subscribe('user', () => {
      throw new Error('broken listener');
    });
    const leave = feed.subscribe('user', (id) => heard.push(id));
    feed.deliver('user', 'a');
    feed.deliverAll();
    leave();
    feed.deliver('user', 'b');
    expect(heard).toEqual(['a', null]);
  });
});
