import fc from 'fast-check';
import { ConfigDiagnostics, ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode } from './config-node.js';
import { readYaml } from './read-yaml.js';

function read(text: string): { node: ConfigNode; findings: ConfigDiagnostics } {
  const findings = new ConfigDiagnostics();
  return { node: readYaml(text, new ConfigPath('config.yaml', findings)), findings };
}

function at(node: ConfigNode | undefined, ...path: readonly (string | number)[]): ConfigNode {
  let current = node;
  for (const step of path) {
    if (current?.kind === 'map' && typeof step === 'string') current = current.entries.get(step);
    else if (current?.kind === 'list' && typeof step === 'number') current = current.items[step];
    else current = undefined;
  }
  if (current === undefined) throw new Error(`nothing at ${path.join('.')}`);
  return current;
}

describe('readYaml', () => {
  it('keeps every digit of a number as it was written', () => {
    const { node } = read(
      'price: 0.000002500000000000000001\nbig: 123456789012345678901\nexp: 2.5E-06',
    );
    expect(at(node, 'price')).toMatchObject({ text: '0.000002500000000000000001' });
    expect(at(node, 'big')).toMatchObject({ text: '123456789012345678901' });
    expect(at(node, 'exp')).toMatchObject({ text: '2.5E-06' });
  });

  it.each(['', '# nothing but a comment', 'null', '---'])('takes %j for an empty file', (text) => {
    const { node, findings } = read(text);
    expect(node).toEqual({ kind: 'map', entries: new Map() });
    expect(findings.problems).toEqual([]);
  });

  it('refuses a key that stands twice, at its path, at every level', () => {
    const { findings } = read(
      'a:\n  master_key: one\n  other: 1\n  master_key: two\nb: [{c: 1, c: 2}]\na: 3',
    );
    expect(findings.problems.map(({ path }) => path)).toEqual(['a.master_key', 'b[0].c', 'a']);
    expect(findings.problems[0]?.message).toContain('line 4');
  });

  it('expands anchors and merge keys, where own keys win and earlier merges win over later ones', () => {
    const { node, findings } = read(
      'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 0\nw: *x',
    );
    expect(findings.problems).toEqual([]);
    const z = at(node, 'z');
    expect([at(z, 'a'), at(z, 'b'), at(z, 'c')]).toMatchObject([
      { value: 0 },
      { value: 1 },
      { value: 2 },
    ]);
    expect(at(node, 'w', 'b')).toMatchObject({ value: 1 });
  });

  it('takes the nearest anchor above for an alias whose name is used again', () => {
    const { node } = read('a: &n 1\nb: *n\nc: &n 2\nd: *n');
    expect([at(node, 'b'), at(node, 'd')]).toMatchObject([{ value: 1 }, { value: 2 }]);
  });

  it('stops at a bomb of aliases instead of expanding it', () => {
    const levels = Array.from({ length: 30 }, (_, level) =>
      level === 0
        ? 'l0: &l0 x'
        : `l${String(level)}: &l${String(level)} [${`*l${String(level - 1)}, `.repeat(9)}]`,
    );
    const { findings } = read(levels.join('\n'));
    expect(findings.problems).toHaveLength(1);
    expect(findings.problems[0]?.message).toContain('too many values');
  });

  it.each([
    ['an alias of itself', 'a: &a [*a]'],
    ['an alias of a merge of itself', 'a: &a\n  <<: *a\n  b: 1'],
    ['lists', `a: ${'['.repeat(50_000)}`],
    ['mappings', `a: ${'{a: '.repeat(20_000)}`],
    ['lists that end', `a: ${'['.repeat(60)}${']'.repeat(60)}`],
  ])('refuses bottomless nesting: %s', (_name, text) => {
    expect(read(text).findings.problems.length).toBeGreaterThan(0);
  });

  it.each([
    ['a list', '- a'],
    ['a text', 'hello'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['an alias without anchor', 'a: *nope'],
    ['a broken quote', 'a: "x'],
    ['a tab', 'a:\n\tb: 1'],
    ['a mapping as key', '? {a: 1}\n: 2'],
    ['a merge of a text', '<<: hello'],
  ])('refuses %s', (_name, text) => {
    expect(read(text).findings.problems.length).toBeGreaterThan(0);
  });

  it('names line and column of a mistake and never quotes the file', () => {
    const secret = 'hunter2-hunter2';
    for (const text of [
      `a: 1\nkey: "${secret}\\q"`,
      `a: 1\n key: ${secret}`,
      `a: ${secret}: b`,
      `a: @${secret}`,
      `a: | ${secret}\n  b`,
      `a: *${secret}`,
    ]) {
      const { findings } = read(text);
      expect(findings.problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(findings)).not.toContain('hunter2');
    }
    expect(read(`a: 1\nkey: "x\\q"`).findings.problems[0]?.message).toContain('line 2');
  });

  it('ends for any text, with nodes or with problems', () => {
    const fragment = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '"',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '<<',
      '|',
      '#',
      '!t ',
      '%',
      '\t',
      '1e9',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 40 }), (fragments) => {
        const { node, findings } = read(fragments.join(''));
        expect(node.kind).toBe('map');
        expect(findings.warnings).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });
});
