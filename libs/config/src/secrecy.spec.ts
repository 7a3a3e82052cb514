import { inspect } from 'node:util';
import fc from 'fast-check';
import { formatCheckReport } from './check-report.js';
import { shownName } from './diagnostics/config-diagnostics.js';
import { loadSettings, settingsFromYaml } from './load-settings.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysAt, leavesAt } from '#support/config-keys';

const ENTRY_LEAVES = [
  'model_name',
  'litellm_params.model',
  'litellm_params.api_base',
  'litellm_params.api_key',
  'litellm_params.api_version',
  'litellm_params.organization',
  'litellm_params.extra_headers',
  'litellm_params.input_cost_per_token',
  'litellm_params.timeout',
  'litellm_params.temperature',
  'litellm_params.unheard_of',
  'model_info.id',
  'model_info.access_groups',
].map((path) => path.split('.'));

describe('secrecy', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-secrecy-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** The current syntax of legacy keys repeats their values on purpose; only those values are exempt. */
  const everythingSaid = (
    text: string,
    env: Record<string, string>,
    isCurrentSyntaxAside = false,
  ): string => {
    writeFileSync(join(directory, 'config.yaml'), text);
    const result = loadSettings({ argv: {}, env, cwd: directory });
    const settings = result.ok ? inspect(result.settings, { depth: 20 }) : '';
    const concealed = result.ok ? [result.settings.databaseUrl, result.settings.masterKey] : [];
    expect(concealed.filter((secret) => secret !== null && settings.includes(secret))).toEqual([]);
    const said = result.ok
      ? [result.settings.warnings, result.report]
      : [result.problems, result.warnings, result.report];
    const shown = isCurrentSyntaxAside && result.ok ? { ...result, currentSyntax: null } : result;
    return `${JSON.stringify(said)}${formatCheckReport(shown)}`;
  };

  const leaves = leavesAt('').filter(
    ([first]) => first !== 'model_list' && first !== 'environment_variables',
  );
  // A marker that no message contains by chance, in texts of every kind that a mistake can produce.
  const marker = 'hunter2marker';
  const secret = fc
    .tuple(
      fc.constantFrom(
        'sk-',
        'os.environ/sk ',
        'postgresql://u:',
        'https://u:',
        'mysql://',
        '/',
        '',
        ' ',
        'drain-',
      ),
      fc.string({ maxLength: 12 }),
      fc.constantFrom('', '@host/db', '\n', '*', '/v1?x=1', '.', ','),
    )
    .map(([start, middle, end]) => `${start}${middle}${marker}${end}`);
  const shape = fc.constantFrom<(text: string) => string>(
    (text) => JSON.stringify(text),
    (text) => JSON.stringify([text]),
    (text) => JSON.stringify([[text]]),
    (text) => JSON.stringify({ inner: text }),
    (text) => JSON.stringify({ inner: [text, { deeper: text }] }),
  );

  it('holds for every value at every place of the file', () => {
    fc.assert(
      fc.property(fc.constantFrom(...leaves), secret, shape, (path, value, shaped) => {
        const nested = path.reduceRight(
          (inner, key) => `{ ${JSON.stringify(key)}: ${inner} }`,
          shaped(value),
        );
        const isOlderForm = /^(litellm_proxy_roles|allowed_routes|jwt_settings)$/.test(
          path[1] ?? '',
        );
        expect(everythingSaid(nested, {}, isOlderForm)).not.toContain(marker);
      }),
      { numRuns: 600 },
    );
  });

  it.each(['sk-hunter2marker', 'pk_hunter2marker', 'eyJhunter2marker', 'AKIAhunter2marker'])(
    'holds in the current syntax for a value that looks like a credential: %s',
    (value) => {
      const text = `general_settings: { litellm_proxy_roles: { proxy_admin: ${value} } }`;
      expect(everythingSaid(text, {})).toContain('admin_jwt_scope: <as it stands now>');
      expect(everythingSaid(text, {})).not.toContain(marker);
    },
  );

  it('holds for every value of a model_list entry', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ENTRY_LEAVES), secret, shape, (path, value, shaped) => {
        const nested = path.reduceRight(
          (inner, key) => `{ ${JSON.stringify(key)}: ${inner} }`,
          shaped(value),
        );
        expect(everythingSaid(`model_list: [${nested}]`, {})).not.toContain(marker);
      }),
      { numRuns: 400 },
    );
  });

  it('holds for every value of an entry of a list of rules', () => {
    const entries = [
      'general_settings.role_permissions',
      'general_settings.litellm_jwtauth.role_mappings',
      'general_settings.litellm_jwtauth.scope_mappings',
      'general_settings.litellm_jwtauth.jwt_litellm_role_map',
      'general_settings.litellm_jwtauth.routing_overrides',
      'general_settings.litellm_jwtauth.issuers',
      'gatehouse.issuers',
      'gatehouse.policies',
    ];
    const places = entries.flatMap((path) =>
      keysAt(`${path}[]`).map((key) => [path, key] as const),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), secret, shape, ([path, key], value, shaped) => {
        const nested = path
          .split('.')
          .reduceRight((inner, name) => `{ ${name}: ${inner} }`, `[{ ${key}: ${shaped(value)} }]`);
        expect(everythingSaid(nested, {})).not.toContain(marker);
      }),
      { numRuns: 400 },
    );
  });

  it('holds for every variable of the environment', () => {
    const names = [
      'PORT',
      'HOST',
      'LOG_LEVEL',
      'LOG_FORMAT',
      'DATABASE_URL',
      'DATABASE_HOST',
      'DATABASE_PORT',
      'DATABASE_PASSWORD',
      'DATABASE_SCHEMA',
      'LITELLM_MASTER_KEY',
      'JWT_PUBLIC_KEY_URL',
      'JWT_AUDIENCE',
      'JWT_ISSUER',
      'OAUTH_TOKEN_INFO_ENDPOINT',
      'OAUTH_USER_ID_FIELD_NAME',
      'REDIS_URL',
      'A',
    ];
    const text =
      'general_settings: { enable_jwt_auth: true, enable_oauth2_auth: true, litellm_jwtauth: { public_key_ttl: os.environ/A } }';
    fc.assert(
      fc.property(fc.constantFrom(...names), secret, (name, value) => {
        expect(everythingSaid(text, { [name]: value })).not.toContain(marker);
      }),
      { numRuns: 250 },
    );
  });

  it('holds for settings that are printed whole', () => {
    const settings = settingsFromYaml(
      `general_settings: { master_key: sk-${marker}-0123456789, enable_oauth2_auth: true, database_url: 'postgresql://u:${marker}@h/d' }
gatehouse:
  redis: { url: 'redis://u:${marker}@h' }
  introspection: { endpoint: https://i.example/i, client_id: a, client_secret: ${marker} }
  jwt: { group_overage: { token_url: https://i.example/t, client_id: a, client_secret: ${marker} } }
model_list:
  - model_name: a
    litellm_params: { model: openai/a, api_key: ${marker}, extra_headers: { x-key: ${marker} }, input_cost_per_token: 1e-6 }`,
    );
    expect(inspect(settings)).not.toContain(marker);
    expect(inspect(settings, { depth: 20 })).not.toContain(marker);
    expect(JSON.stringify(settings)).not.toContain(marker);
    expect(JSON.stringify({ inner: settings })).not.toContain(marker);
    for (const part of [settings.deployments, settings.jwt, settings.access]) {
      expect(inspect(part, { depth: 20 })).not.toContain(marker);
      expect(JSON.stringify(part)).not.toContain(marker);
    }
    expect(settings.deployments[0]).toMatchObject({ apiKey: marker });
    expect(settings.access.introspection?.clientSecret).toBe(marker);
    expect(settings.jwt.teams.overage?.clientSecret).toBe(marker);
  });

  it.each([
    'sk-proj-abc',
    'eyJhbGciOiJSUzI1NiJ9',
    'ghp_x',
    'AKIAXYZ',
    'a b',
    'x'.repeat(70),
    'A1'.repeat(20),
  ])('describes a key that may be a slipped credential: %s', (name) => {
    expect(shownName(name)).not.toContain(name);
  });

  it('shows ordinary names of keys', () => {
    for (const name of [
      'team_id_jwt_field',
      'skip_auth',
      'public_key_ttl',
      'x-cost-centre',
      'ghost',
    ])
      expect(shownName(name)).toBe(name);
  });
});
