import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from './json-schema.js';
import { settingsFromYaml } from './load-settings.js';
import { PROVIDERS } from './names/providers.js';
import { descriptionOf, type JsonSchema } from './schema/key.js';
import { ROOT_SECTION } from './schema/root.config.js';
import { keysAt, leavesAt } from '#support/config-keys';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Older forms of keys, which are documented; examples do not teach them. */
const olderKeys = [
  'jwt_client_id_field',
  'litellm_proxy_roles',
  'custom_auth',
  'custom_auth_settings',
  'jwt_settings',
];
const olderMembers = ['litellm_proxy_roles', 'custom_auth_settings', 'jwt_settings'].flatMap(
  (section) => leavesAt(`general_settings.${section}`).flat(),
);

/** `model` beside `model_name` is one guide's slip; examples do not teach it. */
const everyKey = [
  '',
  'general_settings',
  'general_settings.litellm_jwtauth',
  'general_settings.pass_through_endpoints[]',
  'general_settings.litellm_jwtauth.role_mappings[]',
  'general_settings.role_permissions[]',
  'general_settings.litellm_jwtauth.scope_mappings[]',
  'general_settings.litellm_jwtauth.jwt_litellm_role_map[]',
  'general_settings.litellm_jwtauth.routing_overrides[]',
  'general_settings.litellm_jwtauth.issuers[]',
  'litellm_settings',
  'router_settings',
  'model_list[]',
  'model_list[].litellm_params',
  'model_list[].model_info',
  'gatehouse.policies[]',
]
  .flatMap((path) => keysAt(path))
  .concat(leavesAt('gatehouse').flat());
const shownKeys = everyKey.filter((key) => !olderKeys.includes(key));

describe('config/gatehouse.example.yaml', () => {
  const text = read('config/gatehouse.example.yaml');
  const secrets = { OPENAI_API_KEY: 'a', AZURE_API_KEY: 'b', GROQ_API_KEY: 'c' };

  it('loads as it stands, and with every variable that it names nothing is left out', () => {
    expect(settingsFromYaml(text).deployments.length).toBeGreaterThan(0);
    const settings = settingsFromYaml(text, secrets);
    expect(settings.omittedDeployments).toEqual([]);
    expect(settings.warnings).toEqual([]);
    expect(settings.jwt).toMatchObject({
      enabled: true,
      allowedEmailDomains: ['example.com', 'example.org'],
    });
    expect(settings.deployments.map(({ dialect }) => dialect)).toEqual([
      'openai',
      'azure-deployment',
      'azure-v1',
      'openai',
      'openai',
    ]);
  });

  it('loads with what it has commented out, too', () => {
    // Sentences begin with a capital; what begins with a small letter is configuration.
    const complete = text
      .replaceAll(/^( *)# ( *(?:- )?[a-z_]+:)/gm, '$1$2')
      .replace('enforce_scope_based_access: false', 'enforce_scope_based_access: true');
    const settings = settingsFromYaml(complete, {
      ...secrets,
      LITELLM_MASTER_KEY: 'sk-0f4b1c9d7e2a8b3c6d5e',
      DATABASE_URL: 'postgresql://h/d',
      REDIS_URL: 'redis://h',
      GRAPH_CLIENT_SECRET: 'g',
      INTROSPECTION_SECRET: 'i',
      BRIA_API_KEY: 'b',
    });
    expect(settings).toMatchObject({ databaseUrl: 'postgresql://h/d', redisUrl: 'redis://h' });
    expect(settings.jwt.issuers.length).toBeGreaterThanOrEqual(5);
    expect(settings.access.policies).toHaveLength(1);
  });

  it.each([...new Set(shownKeys)])('shows %s', (key) => {
    expect(text).toMatch(new RegExp(`^[ -]*(# )?[ -]*${key}:`, 'm'));
  });

  it('shows the defaults where it shows values of our own section', () => {
    const own = text.slice(text.indexOf('\ngatehouse:'));
    const shown = settingsFromYaml(own.replace(/admin_issuers: .*/, 'admin_issuers: null'));
    expect(shown).toEqual(settingsFromYaml(''));
  });
});

describe('config/gatehouse.dev.yaml', () => {
  it('loads on loopback', () => {
    expect(settingsFromYaml(read('config/gatehouse.dev.yaml')).deployments).toHaveLength(1);
  });
});

describe('docs/reference/configuration.md', () => {
  const page = read('docs/reference/configuration.md');

  it.each([...new Set([...everyKey, ...olderMembers])])('documents %s', (key) => {
    expect(page).toMatch(new RegExp(`\`([a-z_.[\\]]+\\.)?${key}(\\[\\])?\``));
  });

  it.each([...PROVIDERS].map(([name, { apiBase }]) => [name, apiBase] as const))(
    'documents the provider %s with its address',
    (name, apiBase) => {
      const line = page.split('\n').find((candidate) => candidate.startsWith(`| \`${name}/\``));
      expect(line).toContain(apiBase ?? 'api_base');
    },
  );
});

describe('the JSON Schema', () => {
  const properties = (schema: JsonSchema): Record<string, JsonSchema> =>
    (schema['properties'] ?? {}) as Record<string, JsonSchema>;

  it('is the committed file', () => {
    expect(JSON.parse(read('config/gatehouse.schema.json'))).toEqual(configJsonSchema());
  });

  it('knows every key that the descriptions know, and is closed where they are', () => {
    const { section: whole } = descriptionOf(ROOT_SECTION);
    const compare = (section: typeof whole, schema: JsonSchema): void => {
      for (const [name, field] of Object.entries(section?.fields ?? {})) {
        const inner = properties(schema)[name];
        expect(inner).toMatchObject({
          description: expect.stringContaining(descriptionOf(field).description) as string,
        });
        if (inner !== undefined) compare(descriptionOf(field).section, inner);
      }
    };
    const schema = configJsonSchema();
    compare(whole, schema);
    const closed = (...path: readonly string[]): unknown =>
      path.reduce<JsonSchema>((inner, key) => properties(inner)[key] ?? {}, schema)[
        'additionalProperties'
      ];
    expect(closed('gatehouse')).toBe(false);
    expect(closed('gatehouse', 'jwt', 'jwks')).toBe(false);
    expect(closed('general_settings', 'litellm_jwtauth')).toBe(false);
    expect(closed('general_settings')).toBe(true);
  });
});
