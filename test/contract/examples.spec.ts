import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settingsFromYaml } from '#libs/config';

const ROOT = join(import.meta.dirname, '../..');

/** What the documentation tells its reader to set. */
const ENVIRONMENT = {
  AUDIENCE: 'gatehouse',
  AZURE_EU_BASE: 'https://eu.example',
  AZURE_EU_KEY: 'x',
  BRIA_API_KEY: 'x',
  INTROSPECTION_CLIENT_ID: 'gatehouse',
  INTROSPECTION_ENDPOINT: 'https://idp.example/introspect',
  INTROSPECTION_SECRET: 'x',
  ISSUER: 'https://idp.example',
  JWT_AUDIENCE: 'gatehouse',
  JWT_ISSUER: 'https://idp.example',
  JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks',
  LITELLM_MASTER_KEY: 'sk-0123456789abcdef0123456789abcdef',
  OPENAI_API_KEY: 'x',
  OPENAI_BASE: 'https://models.example/v1',
  OPENAI_BASE_URL: 'https://models.example/v1',
  USERINFO_ENDPOINT: 'https://idp.example/userinfo',
};

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every whole configuration that a page shows. */
function shownConfigurations(): readonly (readonly [page: string, yaml: string])[] {
  const pages = ['README.md', ...globSync(['docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT })];
  return pages.flatMap((page) =>
    [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
      .map(([, yaml = '']) => yaml)
      .filter((yaml) => /^(model_list|general_settings):/m.test(yaml))
      .map((yaml) => [page, yaml] as const),
  );
}

describe('a configuration that the documentation shows', () => {
  it.each(shownConfigurations())('is accepted: %s', (_page, yaml) => {
    expect(() => settingsFromYaml(yaml, ENVIRONMENT)).not.toThrow();
  });

  it('is accepted: examples/keycloak, without a warning', () => {
    const settings = settingsFromYaml(read('examples/keycloak/config.yaml'), ENVIRONMENT);
    expect(settings.warnings).toEqual([]);
    expect(settings.omittedDeployments).toEqual([]);
  });
});

describe('the container files', () => {
  it('copy and mount nothing but files that exist and that the image may see', () => {
    const copied = [...read('deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources = '']) => sources.split(' '),
    );
    const ignored = read('.dockerignore').split('\n');
    expect(copied.length).toBeGreaterThan(5);
    for (const source of copied) {
      expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
      expect(ignored).not.toContain(source);
    }
    const mounted = read('docker-compose.yml').match(/\.\/examples\/[^:}]+/g) ?? [];
    expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(mounted).toHaveLength(3);
  });

  it('expect tokens of the realm that is imported', () => {
    const compose = parse(read('docker-compose.yml')) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    const realm = JSON.parse(read('examples/keycloak/realm.json')) as {
      realm: string;
      clientScopes: { protocolMappers?: { config: Record<string, string> }[] }[];
    };
    const environment = compose.services['gatehouse']?.environment ?? {};
    const audiences = realm.clientScopes.flatMap(({ protocolMappers = [] }) =>
      protocolMappers.flatMap(({ config }) => config['included.custom.audience'] ?? []),
    );
    const issuer = `${compose.services['keycloak']?.environment['KC_HOSTNAME'] ?? ''}/realms/${realm.realm}`;
    expect(environment['JWT_ISSUER']).toContain(`:-${issuer}}`);
    expect(environment['JWT_PUBLIC_KEY_URL']).toContain(`/realms/${realm.realm}/`);
    expect(audiences.map((audience) => `\${JWT_AUDIENCE:-${audience}}`)).toEqual([
      environment['JWT_AUDIENCE'],
    ]);
  });
});
