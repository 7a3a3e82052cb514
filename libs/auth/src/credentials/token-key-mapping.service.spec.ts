import { DecisionTrace, type Principal, UNLIMITED } from '#libs/access';
import { type GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore, settingsFromYaml, type JwtSettings, type Settings } from '#libs/config';
import {
  type KeyMappingsService,
  type KeysService,
  keyIdOf,
  type KeyMappingSnapshot,
  type KeySnapshot,
} from '#libs/keys';
import { aPrincipal, ISSUER } from '#support/access-builders';
import { accessSettings, aClaim, anIssuer, claimFields, jwtSettings } from '#support/jwt-settings';
import { ManualClock } from '#support/manual-clock';
import { planKeyRegistration } from '../tenancy/planned-writes.js';
import { TokenKeyMappingService } from './token-key-mapping.service.js';

type Behaviour = JwtSettings['keyMapping']['whenUnregistered'];

const KEY_ID = keyIdOf('sk-mapped');
const FIELDS = claimFields({ virtualKey: aClaim('client_id', 'azp') });
const CLIENT = aPrincipal({ claims: { client_id: 'ci' } });

const aMapping = (over: Partial<KeyMappingSnapshot> = {}): KeyMappingSnapshot => ({
  claimName: 'client_id',
  issuer: null,
  keyId: KEY_ID,
  isActive: true,
  ...over,
});
const settings = (whenUnregistered: Behaviour, fields = FIELDS): JwtSettings =>
  jwtSettings({
    claims: fields,
    issuers: [anIssuer({ claims: fields })],
    keyMapping: { whenUnregistered },
  });

describe('the virtual key of a token', () => {
  const clock = new ManualClock();
  let mappings: readonly KeyMappingSnapshot[];
  let key: KeySnapshot | null;
  let asked: string[];
  let trace: DecisionTrace;

  const mapped = async (
    jwt: JwtSettings,
    principal: Principal = CLIENT,
  ): Promise<Principal | null> => {
    const rows: Pick<KeyMappingsService, 'of'> = {
      of: (claimValue) => {
        asked.push(claimValue);
        return Promise.resolve(mappings);
      },
    };
    const keys: Pick<KeysService, 'find'> = {
      find: (keyId) => Promise.resolve(key?.grant.keyId === keyId ? key : null),
    };
    const store = new SettingsStore({ ...settingsFromYaml('', {}), jwt });
    const service = new TokenKeyMappingService(
      store,
      rows as KeyMappingsService,
      keys as KeysService,
      clock,
    );
    return service.mapped(principal, trace);
  };
  const refusal = async (...call: Parameters<typeof mapped>): Promise<GatehouseError> => {
    try {
      await mapped(...call);
    } catch (error) {
      if (isGatehouseError(error)) return error;
    }
    throw new Error('it was not refused');
  };

  beforeEach(() => {
    mappings = [];
    asked = [];
    trace = new DecisionTrace('dec_test');
    key = {
      grant: { keyId: KEY_ID, alias: null, models: [], allowedRoutes: [] },
      userId: 'robot',
      teamId: null,
      organizationId: null,
      blocked: false,
      limits: UNLIMITED,
      expiresAtMs: null,
    };
  });

  it('is none, and nothing is looked up, where no claim is configured', async () => {
    const jwt = settings('reject', claimFields({ virtualKey: null }));
    expect(await mapped(jwt)).toBeNull();
    expect(asked).toEqual([]);
  });

  it.each<Behaviour>(['fallback_team_mapping', 'reject', 'auto_register'])(
    'is the mapped one for every setting for tokens without a mapping (%s)',
    async (behaviour) => {
      mappings = [aMapping()];
      const principal = await mapped(settings(behaviour));
      expect(principal).toMatchObject({ kind: 'jwt', userId: 'robot', key: { keyId: KEY_ID } });
      expect(trace.steps.at(-1)).toMatchObject({
        outcome: 'passed',
        config_key: 'general_settings.litellm_jwtauth.virtual_key_claim_field',
      });
    },
  );

  it.each<[Behaviour, unknown, string | null]>([
    ['fallback_team_mapping', null, null],
    ['fallback_team_mapping', 'ci', null],
    ['reject', null, 'policy_denied'],
    ['reject', 'ci', 'policy_denied'],
    ['auto_register', null, 'policy_denied'],
    ['auto_register', 'ci', null],
  ])(
    'where %s holds, without a mapping and with the value %j: %j',
    async (behaviour, value, code) => {
      const principal = aPrincipal({ claims: { client_id: value } });
      if (code === null) {
        expect(await mapped(settings(behaviour), principal)).toBeNull();
        expect(trace.steps.at(-1)).toMatchObject({ guard: 'jwt-auth', outcome: 'skipped' });
      } else {
        expect(await refusal(settings(behaviour), principal)).toMatchObject({ code, status: 403 });
      }
    },
  );

  it.each([[undefined], [7], [[]], [{ id: 'ci' }], [''], ['a\0b']])(
    'is not looked up by a claim that is not an id: %j',
    async (value) => {
      mappings = [aMapping()];
      const principal = aPrincipal({ claims: { client_id: value } });
      expect(await mapped(settings('fallback_team_mapping'), principal)).toBeNull();
      expect(asked).toEqual([]);
    },
  );

  it('is looked up by the claim of the token’s own issuer for every kind of proof', async () => {
    mappings = [aMapping({ claimName: 'app' })];
    const jwt = jwtSettings({
      claims: claimFields({ virtualKey: aClaim('client_id') }),
      issuers: [
        anIssuer({ issuer: ISSUER, claims: claimFields({ virtualKey: aClaim('app') }) }),
        anIssuer({ claims: FIELDS }),
      ],
      keyMapping: { whenUnregistered: 'reject' },
    });
    for (const kind of ['jwt', 'userinfo', 'introspection'] as const) {
      const principal = aPrincipal({ kind, claims: { app: 'ci', client_id: 'other' } });
      expect(await mapped(jwt, principal)).toMatchObject({ key: { keyId: KEY_ID } });
    }
    expect(asked).toEqual(['ci', 'ci', 'ci']);
  });

  it('that was switched off has no effect, and none is registered in its place', async () => {
    mappings = [aMapping({ isActive: false })];
    expect(await mapped(settings('fallback_team_mapping'))).toBeNull();
    expect((await refusal(settings('reject'))).code).toBe('policy_denied');
    expect((await refusal(settings('auto_register'))).code).toBe('policy_denied');
  });

  it('is that of the token’s own issuer before that of every issuer, and of no other issuer', async () => {
    const own = keyIdOf('sk-own');
    key = key && { ...key, grant: { ...key.grant, keyId: own } };
    mappings = [
      aMapping({ keyId: keyIdOf('sk-other'), issuer: 'https://other.example' }),
      aMapping(),
      aMapping({ keyId: own, issuer: ISSUER }),
    ];
    expect(await mapped(settings('reject'))).toMatchObject({ key: { keyId: own } });
    mappings = mappings.slice(0, 1);
    expect((await refusal(settings('reject'))).code).toBe('policy_denied');
  });

  it('is looked up under the configured claims alone, in their order', async () => {
    const azp = keyIdOf('sk-azp');
    mappings = [aMapping({ claimName: 'azp', keyId: azp }), aMapping()];
    expect(await mapped(settings('reject'))).toMatchObject({ key: { keyId: KEY_ID } });
    mappings = [aMapping({ claimName: 'sub' })];
    expect((await refusal(settings('reject'))).code).toBe('policy_denied');
  });

  it('is that of the claim which holds the value, and not of another one with the same value', async () => {
    mappings = [aMapping({ claimName: 'azp' })];
    expect((await refusal(settings('reject'))).code).toBe('policy_denied');
    const viaAzp = aPrincipal({ claims: { client_id: '', azp: 'ci' } });
    expect(await mapped(settings('reject'), viaAzp)).toMatchObject({
      key: { keyId: KEY_ID },
    });
  });

  it('is refused while it is blocked or expired', async () => {
    mappings = [aMapping()];
    const usable = key;
    key = usable && { ...usable, blocked: true };
    expect((await refusal(settings('reject'))).code).toBe('key_blocked');
    key = usable && { ...usable, expiresAtMs: clock.nowMs() };
    expect((await refusal(settings('fallback_team_mapping'))).code).toBe('key_expired');
    key = null;
    expect((await refusal(settings('fallback_team_mapping'))).code).toBe('key_unknown');
  });

  it('leaves the claim’s value out of steps and refusals', async () => {
    const principal = aPrincipal({ claims: { client_id: 'secret-value' } });
    await mapped(settings('fallback_team_mapping'), principal);
    const error = await refusal(settings('reject'), principal);
    expect(JSON.stringify([trace.steps, error.message, error.context])).not.toContain('secret');
  });
});

describe('the key that a first admitted token gets', () => {
  const identity = {
    role: 'internal_user',
    userId: 'alice',
    teamId: 'research',
    orgId: 'acme',
    routeLimits: [],
  } as const;
  const jwt = settings('auto_register');
  const access = accessSettings();
  const plan = (principal: Principal, over: Partial<Settings> = {}) =>
    planKeyRegistration(principal, identity, { jwt, access, ...over });

  it('has the user, team and organisation that the call is made for', () => {
    expect(plan(CLIENT)).toEqual({
      claimName: 'client_id',
      claimValue: 'ci',
      issuer: ISSUER,
      userId: 'alice',
      teamId: 'research',
      organizationId: 'acme',
      allowedRoutes: [],
    });
  });

  it('has the routes that the token may call, and is none where they have nothing in common', () => {
    const limited = (...routeLimits: readonly (readonly string[])[]) =>
      planKeyRegistration(CLIENT, { ...identity, routeLimits }, { jwt, access });
    expect(limited(['openai_routes', '/key/info'])?.allowedRoutes).toEqual([
      'openai_routes',
      '/key/info',
    ]);
    expect(limited(['openai_routes'], ['/v1/chat/completions'])?.allowedRoutes).toEqual([
      '/chat/completions',
    ]);
    expect(limited(['/embeddings'], ['/chat/completions'])).toBeNull();
  });

  it('is never for every issuer where tokens come from several places', () => {
    const nobodys = { ...CLIENT, issuer: null };
    expect(plan(nobodys)).toMatchObject({ issuer: null });
    const named = anIssuer({ issuer: ISSUER, claims: FIELDS });
    const several = { ...jwt, issuers: [named, ...jwt.issuers] };
    expect(plan(nobodys, { jwt: several })).toBeNull();
    expect(plan(CLIENT, { jwt: several })).toMatchObject({ issuer: ISSUER });
    const userInfo = { endpoint: 'https://issuer.example/userinfo', cacheSeconds: 300 };
    const beside = { access: { ...access, userInfo } };
    expect(plan({ ...nobodys, kind: 'userinfo' }, beside)).toBeNull();
    expect(plan(nobodys, beside)).toBeNull();
  });

  it('is known by the claim that holds the value', () => {
    const principal = aPrincipal({ claims: { client_id: '', azp: 'app' } });
    expect(plan(principal)).toMatchObject({
      claimName: 'azp',
      claimValue: 'app',
    });
  });

  it.each<[string, Principal, JwtSettings]>([
    ['keys are not made so', CLIENT, settings('reject')],
    ['an administrator by scope', { ...CLIENT, isAdmin: true }, jwt],
    ['a caller without the claim', aPrincipal(), jwt],
    ['a claim of another shape', aPrincipal({ claims: { client_id: { a: 'b' } } }), jwt],
    [
      'a caller that has one',
      { ...CLIENT, key: { keyId: KEY_ID, alias: null, models: [], allowedRoutes: [] } },
      jwt,
    ],
  ])('is none for %s', (_what, principal, policy) => {
    expect(plan(principal, { jwt: policy })).toBeNull();
  });

  it('is none for an administrator by role', () => {
    const administrator = { ...identity, role: 'proxy_admin' } as const;
    expect(planKeyRegistration(CLIENT, administrator, { jwt, access })).toBeNull();
  });
});
