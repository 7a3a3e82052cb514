import fc from 'fast-check';
import { anIntent } from '#support/spend-harness';
import { refOf } from '../journal/journal-record.js';
import type { PlacedRecord } from '../journal/segments.js';
import { PendingRecords } from './pending-records.js';

const PER_SEGMENT = 7;

/** Record number n of a journal with seven records in a segment. */
function placed(number: number): PlacedRecord {
  const segment = Math.floor(number / PER_SEGMENT) + 1;
  const offset = number % PER_SEGMENT;
  return {
    record: { kind: 'intent', intent: anIntent({ requestId: String(number) }) },
    start: { segment, offset },
    end: { segment, offset: offset + 1 },
  };
}

describe('PendingRecords', () => {
  it('gives back every record once and in order, with few of them in memory, while others are added', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ push: fc.integer({ min: 1, max: 12 }) }),
        fc.record({ take: fc.integer({ min: 1, max: 9 }) }),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 6 }), async (actions, arriving) => {
        const journal: PlacedRecord[] = [];
        const append = (count: number): PlacedRecord[] => {
          const added = Array.from({ length: count }, (_, index) => placed(journal.length + index));
          journal.push(...added);
          return added;
        };
        const pending: PendingRecords = new PendingRecords((from, until) => {
          const start = journal.findIndex(({ end }) => isBehind(end, from));
          const stretch = journal.slice(start).filter(({ end }) => !isBehind(end, until));
          const records = stretch.filter(({ end }) => end.segment === stretch[0]?.end.segment);
          // Others are appended while the disk is read.
          pending.push(append(arriving));
          return Promise.resolve(records);
        }, 5);
        const taken: string[] = [];
        const take = async (most: number): Promise<void> => {
          for (const { record } of await pending.take(most)) taken.push(refOf(record).requestId);
        };
        for (const action of actions) {
          if ('push' in action) pending.push(append(action.push));
          else await take(action.take);
          expect(pending.count).toBe(journal.length - taken.length);
        }
        const known = journal.length;
        while (taken.length < known) await take(5);
        expect(taken).toEqual(Array.from({ length: taken.length }, (_, index) => String(index)));
      }),
    );
  });

  it('goes on behind a stretch that cannot be read', async () => {
    const all = Array.from({ length: 9 }, (_, index) => placed(index));
    const pending = new PendingRecords(() => Promise.resolve([]), 2);
    pending.push(all);
    expect(await pending.take(10)).toHaveLength(2);
    expect(await pending.take(10)).toEqual([]);
    expect(pending.count).toBe(0);
  });

  it('gives records that are in no journal last', async () => {
    const [first, second, third] = [placed(0), placed(1), placed(2)];
    const pending = new PendingRecords(() => Promise.resolve([second, third]), 1);
    pending.push([first]);
    pending.pushUnplaced(placed(9).record);
    pending.push([second, third]);
    const names: string[] = [];
    while (pending.count > 0) {
      names.push(...(await pending.take(10)).map(({ record }) => refOf(record).requestId));
    }
    expect(names).toEqual(['0', '1', '2', '9']);
  });
});

function isBehind(
  a: { segment: number; offset: number },
  b: { segment: number; offset: number },
): boolean {
  return a.segment > b.segment || (a.segment === b.segment && a.offset > b.offset);
}
