import { text } from 'node:stream/consumers';
import type { Columns, TableRow } from './report.js';
import { fileOf } from './table-export.js';

const COLUMNS: Columns = { name: 'text', spend: 'usd', calls: 'number' };
const row = (name: string | null, spend: string | null, calls: number): TableRow => ({
  ...{ name, spend, calls },
});
const read = (page: readonly TableRow[] | Error): Promise<readonly TableRow[]> =>
  page instanceof Error ? Promise.reject(page) : Promise.resolve(page);
const file = (...pages: readonly (readonly TableRow[] | Error)[]) => ({
  name: 'spend',
  columns: COLUMNS,
  async *pages() {
    for (const page of pages) yield await read(page);
  },
});
const textOf = async (format: 'csv' | 'jsonl', ...pages: readonly (readonly TableRow[])[]) =>
  text((await fileOf(file(...pages), format)).getStream());

describe('the file of a report', () => {
  it('has amounts and numbers bare, text quoted, and nothing for null', async () => {
    const pages = [[row('a "b"', '0.010000000000', 3)], [], [row(null, null, -1)]];
    expect(await textOf('csv', ...pages)).toBe(
      '"name","spend","calls"\r\n"a ""b""",0.010000000000,3\r\n,,-1\r\n',
    );
    expect(await textOf('jsonl', ...pages)).toBe(
      '{"name":"a \\"b\\"","spend":"0.010000000000","calls":3}\n{"name":null,"spend":null,"calls":-1}\n',
    );
  });

  it.each(['=1', '+1', '-1', '@a', '\ta', '\ra', '\na'])(
    'does not begin a cell with %j, which a spreadsheet would run',
    async (name) => {
      expect(await textOf('csv', [row(name, '1', 1)])).toBe(
        `"name","spend","calls"\r\n"'${name}",1,1\r\n`,
      );
      expect(JSON.parse(await textOf('jsonl', [row(name, '1', 1)]))).toMatchObject({ name });
    },
  );

  it('without rows has the names of its columns in CSV, and is empty in JSON lines', async () => {
    expect(await textOf('csv')).toBe('"name","spend","calls"\r\n');
    expect(await textOf('jsonl', [])).toBe('');
  });

  it('is refused where its first page fails, and breaks off where another one does', async () => {
    const failure = new Error('report_timeout');
    await expect(fileOf(file(failure), 'csv')).rejects.toBe(failure);
    const begun = await fileOf(file([row('a', '1', 1)], failure), 'csv');
    await expect(text(begun.getStream())).rejects.toBe(failure);
  });
});
