import fc from 'fast-check';
import { ConfigDiagnostics, ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ClaimField } from '../model/jwt-settings.js';
import { textNode } from '../source/config-node.js';
import { readYaml } from '../source/read-yaml.js';
import { claimField, plainClaim, switchableClaimField } from './claim-field.config.js';
import { descriptionOf } from './key.js';
import { readKey } from './read.js';

function read(text: string): {
  readonly value: ClaimField | 'none' | null;
  readonly problems: readonly string[];
} {
  const findings = new ConfigDiagnostics();
  const file = readYaml(`field: ${text}`, new ConfigPath('config.yaml', findings));
  const node = file.entries.get('field');
  if (node === undefined) throw new Error('no node');
  const value = readKey(claimField('A claim.'), node, new ConfigPath('field', findings));
  return { value, problems: findings.problems.map(({ path, message }) => `${path} ${message}`) };
}

describe('a claim field', () => {
  it.each([
    ['sub', plainClaim('sub')],
    ['resource_access.my-client.roles', plainClaim('resource_access.my-client.roles')],
    ['[groups, cognito\\:groups]', plainClaim('groups', 'cognito\\:groups')],
    ['{ path: groups }', plainClaim('groups')],
    ['{ paths: [a, b.c] }', plainClaim('a', 'b.c')],
    ['{ path: scp, split: " " }', { ...plainClaim('scp'), split: ' ' }],
    [
      '{ path: g, strip_prefix: /teams/, regex: "^(\\\\w+)-x$", lower: true, map: { dev: development } }',
      {
        paths: ['g'],
        split: null,
        stripPrefix: '/teams/',
        regex: '^(\\w+)-x$',
        lower: true,
        map: { dev: 'development' },
      },
    ],
  ])('is a path, a list of paths, or a mapping: %s', (text, expected) => {
    expect(read(text)).toEqual({ value: expected, problems: [] });
  });

  it.each([
    ['""', 'field is empty'],
    ['[]', 'field is empty'],
    ['true', 'field must be'],
    ['[[a]]', 'field[0] must be'],
    ['[a, "b..c"]', 'field[1] has an empty name'],
    ['__proto__.x', 'field names a member'],
    ['{ path: [a] }', 'field.path must be'],
    ['{ split: "," }', 'field names no claim'],
    ['{ path: a, paths: [b] }', 'field has both'],
    ['{ path: a, split: "" }', 'field.split is not a valid separator'],
    ['{ path: a, regex: "(" }', 'field.regex is not a valid RE2 pattern (missing closing ))'],
    ['{ path: a, regex: "(?=x)" }', 'field.regex is not a valid RE2 pattern'],
    ['{ path: a, regex: "(a)\\\\1" }', 'field.regex is not a valid RE2 pattern'],
    [`{ path: a, regex: "${'a'.repeat(600)}" }`, 'field.regex is too long'],
    ['{ path: a, regex: "((a{90}){90}){90}" }', 'field.regex'],
    ['{ path: a, lower: maybe }', 'field.lower must be'],
    ['{ path: a, map: {} }', 'field.map is empty'],
    ['{ path: a, map: { x: [y] } }', 'field.map.x must be'],
    ['{ path: a, lower: true, map: { Admin: x } }', 'field.map has a name with capitals'],
    ['{ path: a, splt: "," }', 'field.splt is not a key'],
  ])('is refused where it could not work: %s', (text, problem) => {
    const { value, problems } = read(text);
    expect(problems.join('\n')).toContain(problem);
    expect(problems).toHaveLength(1);
    if (!text.startsWith('{') && !text.startsWith('[a')) expect(value).toBeNull();
  });

  it('never throws and never quotes the pattern, for every pattern', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (pattern) => {
        const { problems } = read(`{ path: a, regex: ${JSON.stringify(`hunter2${pattern}`)} }`);
        expect(problems.join('\n')).not.toContain('hunter2');
      }),
    );
  });

  it('has the path of its default where it is left out, and shows it in the schema', () => {
    const field = claimField('Scopes.', { default: 'scope' });
    expect(field.parse(undefined)).toEqual(plainClaim('scope'));
    expect(descriptionOf(field).json?.['default']).toBe('scope');
    expect(claimField('Other.').parse(undefined)).toBeNull();
  });
});

describe('a claim field that can be switched off', () => {
  it('distinguishes the empty string from a field that is left out', () => {
    const field = switchableClaimField('Team.');
    const place = new ConfigPath('field', new ConfigDiagnostics());
    expect(field.parse(undefined)).toBeNull();
    expect(readKey(field, textNode(''), place)).toBe('none');
    expect(readKey(field, textNode('a'), place)).toEqual(plainClaim('a'));
  });
});
