import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, settingsFromYaml, type LoadResult } from './load-settings.js';

const KEY = 'sk-0f4b1c9d7e2a8b3c6d5e';

describe('loadSettings', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const write = (name: string, content: string | Buffer): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const load = (
    text: string,
    env: Record<string, string> = {},
    argv: Record<string, string> = {},
  ): LoadResult => {
    write('config.yaml', text);
    return loadSettings({ argv, env, cwd: directory });
  };
  const pathsOf = (result: LoadResult): string[] =>
    result.ok ? [] : result.problems.map(({ path }) => path);

  describe('the file', () => {
    it('is --config, else CONFIG_FILE_PATH, else config.yaml of the working directory', () => {
      const withPort = (port: number): string => `environment_variables: { PORT: ${String(port)} }`;
      write('config.yaml', withPort(1));
      write('second.yaml', withPort(2));
      const third = write('third.yaml', withPort(3));
      const port = (argv: { config?: string }, env: Record<string, string>): number | null => {
        const result = loadSettings({ argv, env, cwd: directory });
        return result.ok ? result.settings.server.port : null;
      };
      expect(port({}, {})).toBe(1);
      expect(port({}, { CONFIG_FILE_PATH: 'second.yaml' })).toBe(2);
      expect(port({ config: third }, { CONFIG_FILE_PATH: 'second.yaml' })).toBe(3);
    });

    it('refuses helpfully where none is named and none is there', () => {
      const result = loadSettings({ argv: {}, env: {}, cwd: directory });
      expect(result).toMatchObject({ ok: false, problems: [{ path: 'config.yaml' }] });
      expect(result.ok ? '' : result.problems[0]?.remedy).toContain('gatehouse.example.yaml');
    });

    it('refuses a named file that is missing, a directory, too large, or not UTF-8', () => {
      mkdirSync(join(directory, 'sub'));
      write('latin.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
      write('large.yaml', Buffer.alloc(5 * 1024 * 1024, '#'));
      for (const config of ['nowhere.yaml', 'config.yaml/x', 'sub', 'latin.yaml', 'large.yaml'])
        expect(pathsOf(loadSettings({ argv: { config }, env: {}, cwd: directory }))).toEqual([
          '--config',
        ]);
    });

    it('accepts a byte order mark and reports one problem for broken YAML', () => {
      expect(load('\uFEFFgatehouse: {}').ok).toBe(true);
      expect(pathsOf(load('a: "', {}))).toEqual(['config.yaml']);
    });
  });

  describe('precedence', () => {
    const port = (result: LoadResult): number | null =>
      result.ok ? result.settings.server.port : null;

    it('is command line, environment, file, default', () => {
      const file = 'environment_variables: { PORT: 4001 }';
      expect(port(load('', {}))).toBe(4000);
      expect(port(load(file))).toBe(4001);
      expect(port(load(file, { PORT: '4002' }))).toBe(4002);
      expect(port(load(file, { PORT: '4002' }, { port: '4003' }))).toBe(4003);
      expect(port(load(file, { PORT: 'x' }, { port: '0' }))).toBe(0);
    });

    it('lets the environment win over the keys of the file that mean the same', () => {
      const text = `
general_settings: { master_key: ${KEY}, database_url: 'postgresql://file/db' }
gatehouse: { data_dir: file }`;
      const fromFile = load(text);
      const fromEnvironment = load(text, {
        LITELLM_MASTER_KEY: `${KEY}-env`,
        DATABASE_URL: 'postgres://env/db',
        GATEHOUSE_DATA_DIR: '/var/lib/env',
        HOST: '::1',
        LOG_LEVEL: 'DEBUG',
      });
      expect(fromFile.ok && fromFile.settings).toMatchObject({
        masterKey: KEY,
        databaseUrl: 'postgresql://file/db',
        dataDir: join(directory, 'file'),
      });
      expect(fromEnvironment.ok && fromEnvironment.settings).toMatchObject({
        masterKey: `${KEY}-env`,
        databaseUrl: 'postgres://env/db',
        dataDir: '/var/lib/env',
        logLevel: 'debug',
        server: { host: '::1' },
      });
    });

    it('takes a variable that is set to nothing for unset', () => {
      const result = load('', { PORT: '', HOST: '', LOG_LEVEL: '', DATABASE_URL: '' });
      expect(result.ok && result.settings).toMatchObject({
        server: { host: '127.0.0.1', port: 4000 },
        logLevel: 'info',
        databaseUrl: null,
      });
    });

    it.each([
      ['--port', {}, { port: '70000' }],
      ['--port', {}, { port: 'http' }],
      ['--host', {}, { host: 'a b' }],
      ['PORT', { PORT: '-1' }, {}],
      ['PORT', { PORT: '80.5' }, {}],
      ['HOST', { HOST: 'http://x' }, {}],
      ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }, {}],
      ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }, {}],
      ['LITELLM_MASTER_KEY', { LITELLM_MASTER_KEY: 'no-prefix-here-at-all' }, {}],
    ])('names %s when it is wrong', (path, env, argv) => {
      expect(pathsOf(load('', env, argv))).toEqual([path]);
    });
  });
});

describe('references', () => {
  it('refuses an unset variable outside model_list, also in a key without effect', () => {
    expect(() =>
      settingsFromYaml(
        'general_settings: { master_key: os.environ/A }\nlitellm_settings: { cache_params: { password: os.environ/B } }',
      ),
    ).toThrow(
      /general_settings.master_key .*\bA\b[\s\S]*litellm_settings.cache_params.password .*\bB\b/,
    );
  });

  it.each(['[]', '[os.environ/UNSET]'])(
    'warns that there is no model to call for model_list: %s',
    (list) => {
      expect(
        settingsFromYaml(`model_list: ${list}`).warnings.map(({ message }) => message),
      ).toContain('is empty: there is no model to call');
    },
  );

  it('reads numbers and switches out of the environment', () => {
    const settings = settingsFromYaml(
      `general_settings: { litellm_jwtauth: { user_id_upsert: os.environ/FLAG, public_key_ttl: os.environ/TTL } }`,
      { FLAG: 'True', TTL: '1.5' },
    );
    expect(settings.jwt).toMatchObject({ userIdUpsert: true, publicKeyTtlSeconds: 1.5 });
  });

  it('may refer to a variable of environment_variables, which may refer outside', () => {
    const text = `environment_variables: { KEY: os.environ/OUTER }\ngeneral_settings: { master_key: os.environ/KEY }`;
    expect(settingsFromYaml(text, { OUTER: KEY }).masterKey).toBe(KEY);
    expect(() => settingsFromYaml(text)).toThrow(/environment_variables.KEY/);
  });
});

describe('settings', () => {
  it('are frozen through and through', () => {
    const settings = settingsFromYaml(
      'model_list: [{ model_name: a, litellm_params: { model: openai/a, input_cost_per_token: 1e-6 } }]',
    );
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(settings)).toBe(true);
  });

  it('have the defaults of the contract', () => {
    expect(settingsFromYaml('')).toMatchObject({
      server: {
        host: '127.0.0.1',
        port: 4000,
        bodyLimitBytes: 33_554_432,
        shutdownGraceSeconds: 30,
        streamLimitSeconds: 7200,
      },
      logLevel: 'info',
      databaseUrl: null,
      masterKey: null,
      router: { numRetries: 2 },
      jwt: {
        enabled: false,
        adminScope: 'litellm_proxy_admin',
        adminAllowedRoutes: [
          'management_routes',
          'spend_tracking_routes',
          'global_spend_tracking_routes',
          'info_routes',
        ],
        teamAllowedRoutes: [
          'openai_routes',
          'info_routes',
          'own_spend_routes',
          'mcp_routes',
          '/v1/messages',
          '/v1/messages/count_tokens',
        ],
        issuers: [],
        claims: { userId: null, teamId: null, isTeamSoft: true, scope: { paths: ['scope'] } },
        ordinaryAllowedRoutes: null,
        teams: {
          defaultTeamId: null,
          teamIdUpsert: false,
          isTeamRequiredForModels: false,
          claimFallback: false,
          databaseFallback: false,
          addUserToTeam: true,
          syncUser: false,
          roleMap: [],
          overage: null,
        },
        rbac: {
          enforceRole: false,
          enforceIdentity: false,
          userAllowedRoles: null,
          roleMappings: [],
          rolePermissions: [],
        },
        scopeMappings: null,
        customValidate: null,
        keyMapping: { whenUnregistered: 'fallback_team_mapping' },
        routingOverrides: [],
        publicKeyTtlSeconds: 600,
        publicKeyStaleTtlSeconds: 3600,
        requireExp: true,
        requireSub: true,
        clockToleranceSeconds: 0,
        maxTokenAgeSeconds: null,
        maxTokenBytes: 16_384,
        acceptedTypes: ['jwt', 'at+jwt'],
        refuseDuplicateMembers: true,
        adminIssuers: null,
        jwks: { timeoutMs: 5000, maxBytes: 524_288, cooldownSeconds: 30, allowHttp: false },
      },
      access: {
        publicRoutes: [],
        adminOnlyRoutes: [],
        allowedRoutes: null,
        requireUserParam: false,
        rejectClientTags: false,
        endUserHeaders: [],
        keyHeaderName: null,
        userInfo: null,
        introspection: null,
        policies: [],
        publicUrl: null,
      },
      spend: {
        durability: 'process',
        clientAbort: 'drain',
        drainLimitSeconds: 60,
        unpricedModels: 'flag',
        defaultReservationUsd: { coefficient: 5n, scale: 2 },
      },
      budgets: settingsFromYaml('').budgets,
      keys: settingsFromYaml('').keys,
      alerts: { thresholds: [80, 100], webhook: null, slackUrl: null, timeoutSeconds: 10 },
      objects: { sharedWith: 'user', keptDays: 90 },
      reports: { statementTimeoutSeconds: 10 },
    });
  });
});
