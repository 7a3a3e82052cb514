import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casePage } from './case-page.js';

describe('the page of pipeline cases', () => {
  it('shows what cannot be seen as its escape, and keeps every case on one line', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-cases-'));
    writeFileSync(
      join(directory, 'one.yaml'),
      String.raw`
title: Signs
cases:
  - name: "a line\nand a bar |"
    claims: { sub: "a\u202eb" }
    request: { user: "shop\0per" }
    expect: { status: 400, team: "\x7f\x85" }
`,
    );
    const page = casePage(directory);
    rmSync(directory, { recursive: true });
    expect(page).toContain(
      String.raw`| a line\u000aand a bar \| | ${'`'}{"sub":"a\u202eb"}${'`'} | ${'`'}user shop\u0000per${'`'} | 400 |  | ${'`'}\u007f\u0085${'`'} |  |`,
    );
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
