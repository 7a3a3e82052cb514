import type { PolicyInput } from './policy-input.js';
import { PolicyLanguage, type Evaluation } from './policy-language.js';

const principal: PolicyInput['principal'] = {
  kind: 'jwt',
  issuer: 'https://issuer.example',
  subject: 'alice',
  user_id: 'alice',
  email: '',
  team_id: 'research',
  org_id: '',
  end_user_id: '',
  agent_id: 'bot',
  role: 'internal_user',
  roles: ['analyst'],
  scopes: ['chat'],
  key_id: '',
};
const request: PolicyInput['request'] = {
  route: '/chat/completions',
  model: 'gpt-4o',
  method: 'POST',
};

function evaluate(text: string, token: PolicyInput['token'] = new Map()): Evaluation {
  const compiled = new PolicyLanguage().compile(text);
  if (compiled.kind === 'refused') throw new Error(compiled.problem);
  return compiled.evaluate({ token, principal, request });
}

const isTrue = (text: string, token?: PolicyInput['token']): boolean => {
  const evaluation = evaluate(text, token);
  return evaluation.kind === 'value' && evaluation.value;
};

function refusalOf(text: string): string {
  const compiled = new PolicyLanguage().compile(text);
  return compiled.kind === 'refused' ? compiled.problem : 'compiles';
}

describe('a policy expression', () => {
  it.each([
    'principal.team_id == "research" && request.model.startsWith("gpt-4")',
    '"analyst" in principal.roles',
    '!("admin" in principal.scopes)',
    'request.method in ["POST", "PUT"] && request.route == "/chat/completions"',
    'principal.org_id == ""',
    'principal.agent_id == "bot"',
    'has(principal.email) && has(request.model)',
    'principal.kind != "master_key"',
    'principal.roles.exists(role, role == "analyst")',
  ])('holds over the call: %s', (text) => {
    expect(isTrue(text)).toBe(true);
  });

  it.each([
    ['token.level >= 3', new Map([['level', 3n]])],
    ['token.share > 0.4', new Map([['share', 0.5]])],
    [
      'token["https://acme.example/roles"].exists(r, r == "x")',
      new Map([['https://acme.example/roles', ['x']]]),
    ],
    [
      'token.realm_access.roles.size() == 2',
      new Map([['realm_access', new Map([['roles', ['a', 'b']]])]]),
    ],
    ['has(token.department) && token.department == "legal"', new Map([['department', 'legal']])],
    ['!has(token.department)', new Map()],
    ['token.a.exists(x, has(x.b.c))', new Map([['a', [new Map([['b', new Map([['c', 'd']])]])]]])],
    ['token.constructor == "x"', new Map([['constructor', 'x']])],
    ['token.email.matches("@acme[.]example$")', new Map([['email', 'a@acme.example']])],
  ] as [string, PolicyInput['token']][])('holds over claims: %s', (text, token) => {
    expect(isTrue(text, token)).toBe(true);
  });

  it('tells where it failed, and no value', () => {
    expect(evaluate('token.department == "legal"')).toEqual({
      kind: 'failure',
      problem: 'no_such_key at department',
    });
    const failed = evaluate('bool(token.secret)', new Map([['secret', 'hunter2']]));
    expect(failed).toEqual({
      kind: 'failure',
      problem: 'bool_conversion_error at bool(token.secret)',
    });
  });

  it('does not take a text for the list of its parts', () => {
    expect(evaluate('"admin" in token.roles', new Map([['roles', 'not-admin']])).kind).toBe(
      'failure',
    );
  });
});

describe('an expression is refused before it is used when it', () => {
  it.each([
    ['cannot be parsed', '1 +', 'cannot be read'],
    ['names what does not exist', 'user.name == "x"', 'does not fit the types'],
    ['names a member that does not exist', 'principal.nmae == "x"', 'does not fit the types'],
    ['asks for a member that does not exist', 'has(principal.nope) && true', 'No such key: nope'],
    ['asks for a member of a text', 'has(principal.email.domain)', 'does not fit the types'],
    ['asks so later on', 'has(token.a) || "é" == "" || has(request.modell)', 'No such key: modell'],
    ['asks so in a loop', 'principal.roles.exists(r, has(r.name))', 'does not fit the types'],
    ['asks for what has no members', 'has(principal)', 'does not fit the types'],
    ['calls what only checks know', 'hasTyped(principal.email)', 'does not fit the types'],
    ['compares with another type', 'principal.team_id == 3', 'does not fit the types'],
    ['takes an absent text for null', 'principal.team_id == null', 'does not fit the types'],
    ['is not of type bool', 'principal.team_id', 'is of type string, not bool'],
    ['may not be of type bool', 'token.internal', 'is of type dyn, not bool'],
    ['has an invalid pattern', 'principal.email.matches("(")', 'not an RE2 pattern'],
    ['has a pattern with look-around', 'principal.email.matches("(?=x)")', 'not an RE2 pattern'],
    ['takes a pattern from the token', 'principal.email.matches(token.p)', 'not a string literal'],
    [
      'takes one by the inner name',
      'principal.email.matchesLinearly(token.p)',
      'not a string literal',
    ],
    [
      'hides such a pattern in a loop',
      'principal.roles.exists(r, r.matches(token.p))',
      'not a string literal',
    ],
    ['loops in a loop', 'token.a.all(a, token.b.exists(b, a == b))', 'has, inside one of'],
    ['loops deep in a loop', 'token.a.map(a, [a.b.filter(b, b > 1)]) == []', 'has, inside one of'],
    ['searches a list in a loop', 'token.a.exists(a, a in token.b)', 'has, inside one of'],
    ['searches in a chain', 'token.a.map(a, a).all(a, !(a in token.b))', 'has, inside one of'],
  ])('%s', (_what, text, problem) => {
    expect(refusalOf(text)).toContain(problem);
  });

  it('may chain loops, whose work only adds up', () => {
    const chain = 'token.a.filter(a, a > 1).map(a, a).filter(a, a < 9).exists(a, a == 3)';
    expect(refusalOf(chain)).toBe('compiles');
    expect(isTrue(chain, new Map([['a', [1n, 3n]]]))).toBe(true);
  });

  it('may loop over long lists, and search short ones that it writes out', () => {
    const groups = Array.from({ length: 10_000 }, (_, index) => `g${String(index)}`);
    const token = new Map([['groups', groups]]);
    expect(isTrue('token.groups.exists(g, g in ["x", "g9999"])', token)).toBe(true);
    expect(isTrue('token.groups.all(g, g.startsWith("g")) && "g9999" in token.groups', token)).toBe(
      true,
    );
  });

  it('may loop side by side as often as it likes', () => {
    expect(refusalOf('token.a.all(a, a == 1) && token.b.map(b, b).all(b, b == 1)')).toBe(
      'compiles',
    );
  });
});

it('patterns cost time linear in the text, also those that make regular expressions explode', () => {
  const token = new Map([['email', `${'a'.repeat(12_000)}!`]]);
  const start = performance.now();
  expect(isTrue('token.email.matches("^(a+)+$")', token)).toBe(false);
  expect(isTrue('[token.email].exists(e, e.matches("^(a|a)*$"))', token)).toBe(false);
  expect(performance.now() - start).toBeLessThan(2_000);
});
