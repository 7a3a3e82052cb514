import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/explanation/threats.md');

/** The catalogue has this many rows of each kind: tokens, claims, keys, authorisation. */
const CATALOGUE = { J: 20, C: 24, K: 13, A: 17 } as const;

interface Row {
  readonly id: string;
  readonly attack: string;
  readonly answer: string;
  readonly held: string;
}

/** A test that a row names. */
interface Holder {
  readonly file: string;
  readonly name: string;
}

const rows: readonly Row[] = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d{2} \|/.test(line))
  .map((line) => {
    const [id = '', attack = '', answer = '', held = ''] = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    return { id, attack, answer, held };
  });

/** Every quoted name with the file whose link stands before it. */
function holdersOf({ held }: Row): readonly Holder[] {
  let file = '';
  return [...held.matchAll(/\]\(([^)]+)\)|“([^”]+)”/g)].flatMap(([, link, name]) => {
    if (link !== undefined) file = join(PAGE, '..', link);
    return name === undefined ? [] : [{ file, name: name.replaceAll(/\\([|*])/g, '$1') }];
  });
}

const linksOf = ({ held }: Row): readonly string[] =>
  [...held.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => join(PAGE, '..', link));

describe('the table of threats', () => {
  it('has one row for every threat, in order, and no other', () => {
    const ids = Object.entries(CATALOGUE).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, index) => kind + String(index + 1).padStart(2, '0')),
    );
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  it.each(rows.map((row) => [row.id, row] as const))(
    '%s tells attack and answer, and names a test or why it cannot occur',
    (_id, row) => {
      expect(row.attack.length).toBeGreaterThan(20);
      expect(row.answer.length).toBeGreaterThan(5);
      const isImpossible = row.held.startsWith('Cannot occur: ');
      expect(isImpossible || holdersOf(row).length > 0).toBe(true);
      const quoting = new Set(holdersOf(row).map(({ file }) => file));
      expect(linksOf(row)).toEqual([...quoting]);
    },
  );

  it.each(rows.map((row) => [row.id, row] as const))(
    '%s links files that exist and quotes tests that stand in them',
    (_id, row) => {
      for (const { file, name } of holdersOf(row)) {
        expect([file, existsSync(file)]).toEqual([file, true]);
        const source = readFileSync(file, 'utf8');
        const isThere = [`'${name}'`, `"${name}"`, `\`${name}\``].some((one) =>
          source.includes(one),
        );
        expect([name, isThere]).toEqual([name, true]);
      }
    },
  );
});
