import { jwtAuthText, refusalOf } from '#support/config-outcome';
import { settingsFromYaml } from './load-settings.js';

const EVIL_PATTERNS = [
  '(?=a)b',
  '(?!a)b',
  '(?<=a)b',
  String.raw`(a)\1`,
  '(?>a+)b',
  'a{1000}{1000}',
  '((((a{50}){50}){50}){50}',
  '(((a{100}){100}){100})',
  '[',
  '(',
  '*a',
  `${'('.repeat(300)}a${')'.repeat(300)}`,
  'a'.repeat(10_000),
];

describe('a tolerance of clocks', () => {
  it.each(['-1', '301', '1e400', '.nan', '.inf', '-.inf', 'ten', '[1]', 'true', '"1 s"'])(
    'of %s refuses the start (threat C07)',
    (value) => {
      const text = `gatehouse: { jwt: { clock_tolerance_seconds: ${value} } }`;
      expect(refusalOf(text)).toContain('gatehouse.jwt.clock_tolerance_seconds');
    },
  );

  it.each([0, 1, 300])('of %i is accepted', (value) => {
    const text = `gatehouse: { jwt: { clock_tolerance_seconds: ${String(value)} } }`;
    expect(settingsFromYaml(text).jwt.clockToleranceSeconds).toBe(value);
  });
});

describe('a claim path', () => {
  it.each(
    [
      '__proto__',
      '__proto__.x',
      'a.__proto__',
      'a.__proto__.b',
      'constructor.prototype',
      'a.constructor',
      'prototype.x',
      '.',
      'a.',
      '.a',
      'a..b',
      ' ',
      Array.from({ length: 1_000 }, () => 'a').join('.'),
      'a\0b',
    ].map((path) => [path.slice(0, 40), path] as const),
  )('of %j refuses the start (threat C18)', (_shown, path) => {
    for (const key of ['team_id_jwt_field', 'user_id_jwt_field', 'roles_jwt_field']) {
      expect(refusalOf(jwtAuthText(`${key}: ${JSON.stringify(path)}`))).toContain(key);
    }
  });
});

describe('a pattern of the configuration', () => {
  it.each(EVIL_PATTERNS.map((pattern) => [pattern.slice(0, 40), pattern] as const))(
    '%j refuses the start, at once (threat A13)',
    (_shown, pattern) => {
      const start = performance.now();
      const field = `user_id_jwt_field: { path: sub, regex: ${JSON.stringify(pattern)} }`;
      expect(refusalOf(jwtAuthText(field))).toContain('regex');
      expect(performance.now() - start).toBeLessThan(1_000);
    },
  );

  it.each(['/a/**/b', '/a*b', '!/a', 'a', '', '/a?b'])(
    'for routes is none of many languages: %j (threat A13)',
    (pattern) => {
      const text = jwtAuthText(`team_allowed_routes: [${JSON.stringify(pattern)}]`);
      expect(refusalOf(text)).toContain('team_allowed_routes[0]');
    },
  );
});

describe('a secret that is empty', () => {
  it.each([
    ['general_settings: { master_key: "" }', 'master_key'],
    ['general_settings: { master_key: "  " }', 'master_key'],
    ['general_settings: { master_key: sk- }', 'master_key'],
    [
      'gatehouse: { introspection: { endpoint: https://i.example/t, client_id: a, client_secret: "" } }',
      'client_secret',
    ],
    ['gatehouse: { introspection: { endpoint: https://i.example/t, client_id: a } }', 'client'],
    [
      'gatehouse: { jwt: { group_overage: { token_url: https://i.example/t, client_id: a, client_secret: "" } } }',
      'client_secret',
    ],
    ['general_settings: { master_key: os.environ/NO_SUCH_VARIABLE }', 'master_key'],
  ])('refuses the start: %s (threat A17)', (text, named) => {
    expect(refusalOf(text)).toContain(named);
  });
});
