import { readExpectations, readRows, type Parsed } from './read-stated.js';

const MAPPING = 'key_mappings: [{ jwt_claim_name: a, jwt_claim_value: b, key: sk-none }]';

const problemsOf = (stated: Parsed<unknown>): readonly string[] =>
  stated.ok ? [] : stated.problems;

describe('readExpectations', () => {
  it('takes claims and headers of any name unchanged', () => {
    const stated = readExpectations(`
cases:
  - name: strange names
    claims: { 'https://acme.example/roles': [a], nested: { a.b: 1, list: [{ a: 1 }] } }
    request: { headers: { __proto__x: y } }
    expect: { reason: null }`);
    expect(stated.ok && stated.value.cases[0]?.claims).toEqual({
      'https://acme.example/roles': ['a'],
      nested: { 'a.b': 1, list: [{ a: 1 }] },
    });
    expect(stated.ok && stated.value.cases[0]?.request?.headers).toEqual({ __proto__x: 'y' });
  });

  it.each([
    ['a misspelt expectation', 'cases: [{ name: a, claims: {}, expect: { staus: 200 } }]', 'staus'],
    ['an unknown reason', 'cases: [{ name: a, claims: {}, expect: { reason: no } }]', 'reason'],
    ['nothing expected', 'cases: [{ name: a, claims: {}, expect: {} }]', 'states nothing'],
    ['no expectation', 'cases: [{ name: a, claims: {} }]', 'expect'],
    ['no caller', 'cases: [{ name: a, expect: { status: 200 } }]', 'exactly one'],
    [
      'two callers',
      'cases: [{ name: a, claims: {}, token: t, expect: { status: 200 } }]',
      'exactly one',
    ],
    ['no case', 'cases: []', 'cases'],
    ['an unknown member of a row', 'given: { teams: [{ team: a }] }\ncases: []', 'teams[0].team'],
    ['a key twice', 'cases: []\ncases: []', 'unique'],
    [
      'a claim that every object has',
      'cases: [{ name: a, claims: { constructor: x }, expect: { status: 200 } }]',
      'constructor',
    ],
    ['no mapping', '- a', 'no mapping'],
    ['no YAML', 'a: [', 'line 1'],
  ])('refuses %s and says where', (_name, text, word) => {
    expect(problemsOf(readExpectations(text)).join('\n')).toContain(word);
  });
});

describe('readRows', () => {
  it('reads rows by themselves and those of a file of expectations', () => {
    const rows = 'teams: [{ team_id: research, blocked: true }]';
    const alone = readRows(rows);
    const within = readRows(`given: { ${rows} }\ncases: []`);
    expect(alone.ok && alone.value.teams?.[0]).toEqual({ team_id: 'research', blocked: true });
    expect(within).toEqual(alone);
  });

  it.each([
    [
      'a membership of an unknown user',
      'memberships: [{ team_id: a, user_id: b }]',
      'memberships[0]',
    ],
    [
      'a team of an unknown organisation',
      'teams: [{ team_id: a, organization_id: b }]',
      'teams[0]',
    ],
    ['a team twice', 'teams: [{ team_id: a }, { team_id: a }]', 'teams[1]'],
    ['a mapping to an unknown key', MAPPING, 'key_mappings[0]'],
  ])('refuses %s', (_name, text, word) => {
    expect(problemsOf(readRows(text)).join('\n')).toContain(word);
  });
});
