import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, type ErrorDefinition } from '#libs/common';

/** One entry of the page. */
interface Entry {
  readonly code: string;
  readonly status: number | null;
  readonly text: string;
}

const PAGE = join(import.meta.dirname, '../../docs/reference/errors.md');

/** The entries of the page: a heading that is a code, and what follows up to the next heading. */
function entriesOf(page: string): readonly Entry[] {
  return [...page.matchAll(/^### `([^`]+)`\n+([\s\S]*?)(?=^#|(?![\s\S]))/gm)].map(
    ([, code = '', text = '']) => {
      const status = /^Status (\d{3}), type /.exec(text)?.[1];
      return { code, status: status === undefined ? null : Number(status), text };
    },
  );
}

describe('the error reference', () => {
  const entries = entriesOf(readFileSync(PAGE, 'utf8'));
  const catalogue: readonly (readonly [string, ErrorDefinition])[] = Object.entries(ERROR_CODES);

  it('has exactly one entry for every code, and none for a code that does not exist', () => {
    const documented = entries.map(({ code }) => code).sort();
    expect(documented).toEqual(catalogue.map(([code]) => code).sort());
  });

  it.each(catalogue)('says the status and type of %s', (code, { status, type }) => {
    const entry = entries.find((one) => one.code === code);
    expect(entry?.status).toBe(status);
    expect(entry?.text.split('. ')[0]).toContain(`\`${type}\``);
  });

  it.each(catalogue)('explains %s in at least one sentence of its own', (code) => {
    const sentences = entries.find((one) => one.code === code)?.text.split(/[.:] /) ?? [];
    expect(sentences.length).toBeGreaterThan(1);
  });
});
