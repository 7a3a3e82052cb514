import type { AccessContext, KeyGrant, ModelGrant } from '#libs/access';
import { aPrincipal } from '#support/access-builders';
import { aMasterKeyAccess, anAccess, type AccessOverrides } from '#support/management';
import { grantedKeyValues, mayReplaceKey, maySeeKey, visibleKeys } from './key-permissions.js';
import type { KeyValues } from './entities/key-record.js';
import { VirtualKeyEntity } from './entities/virtual-key.entity.js';

const GRANT: KeyGrant = { keyId: 'a'.repeat(64), alias: null, models: [], allowedRoutes: [] };
const NOTHING: KeyValues = {
  alias: null,
  userId: null,
  teamId: null,
  organizationId: null,
  models: [],
  allowedRoutes: [],
  metadata: {},
  limits: {},
  blocked: false,
  expiresAt: null,
};

const only = (...names: readonly string[]): ModelGrant => ({
  mayUse: (model) => names.includes(model),
});
const person = (overrides: AccessOverrides = {}): AccessContext => anAccess(overrides);
const key = (keyId: string, userId: string | null): VirtualKeyEntity =>
  Object.assign(new VirtualKeyEntity(), { keyId, userId });
const withKey = (userId: string | null): AccessContext =>
  anAccess({
    principal: aPrincipal({ kind: 'virtual_key', key: GRANT }),
    attribution: { userId, keyId: GRANT.keyId },
  });

describe('seeing keys', () => {
  it('is for administrators and viewers without limit', () => {
    expect(visibleKeys(aMasterKeyAccess())).toBeNull();
    expect(visibleKeys(anAccess({ role: 'proxy_admin_viewer' }))).toBeNull();
  });

  it('is for others a matter of their own keys and the one they call with', () => {
    expect(maySeeKey(person(), key('b'.repeat(64), 'alice'))).toBe(true);
    expect(maySeeKey(person(), key('b'.repeat(64), 'bob'))).toBe(false);
    expect(maySeeKey(withKey(null), key(GRANT.keyId, null))).toBe(true);
  });

  it('never takes keys without an owner for those of a caller without a user', () => {
    const withoutUser = person({ attribution: { userId: null } });
    expect(maySeeKey(withoutUser, key('b'.repeat(64), null))).toBe(false);
    expect(maySeeKey(withKey(null), key('b'.repeat(64), null))).toBe(false);
  });
});

describe('endpoints of the configuration', () => {
  it('are opened to a key by administrators of the gateway alone', () => {
    const values = { ...NOTHING, passThroughRoutes: ['/bria'] };
    expect(grantedKeyValues(aMasterKeyAccess(), values)).toMatchObject(values);
    expect(() => grantedKeyValues(person(), values)).toThrow(
      expect.objectContaining({ code: 'route_not_allowed', param: 'allowed_passthrough_routes' }),
    );
  });
});

describe('deleting and regenerating keys', () => {
  it('is for administrators, and for internal users with their own', () => {
    expect(mayReplaceKey(aMasterKeyAccess(), key('b', 'bob'))).toBe(true);
    expect(mayReplaceKey(person(), key('b', 'alice'))).toBe(true);
    expect(mayReplaceKey(person(), key('b', 'bob'))).toBe(false);
    expect(mayReplaceKey(person({ attribution: { userId: null } }), key('b', null))).toBe(false);
  });

  it('is not for a key, not even its own', () => {
    expect(mayReplaceKey(withKey('alice'), key(GRANT.keyId, 'alice'))).toBe(false);
  });

  it('is not for administrators whose credential may not administer', () => {
    for (const storedRole of ['proxy_admin', 'proxy_admin_viewer'] as const) {
      expect(mayReplaceKey(person({ storedRole }), key('b', 'alice'))).toBe(false);
    }
    expect(mayReplaceKey(person({ storedRole: 'internal_user' }), key('b', 'alice'))).toBe(true);
  });

  it('is not for those who only view', () => {
    expect(mayReplaceKey(person({ role: 'internal_user_viewer' }), key('b', 'alice'))).toBe(false);
  });
});

describe('making keys', () => {
  it('gives administrators what they ask for', () => {
    const values = { ...NOTHING, userId: 'bob', teamId: 'research', models: ['*'] };
    expect(grantedKeyValues(aMasterKeyAccess(), values)).toEqual({
      ...values,
      opensPrefixes: true,
    });
  });

  it('marks no list of routes of an internal user as one that opens prefixes', () => {
    const values = { ...NOTHING, allowedRoutes: ['/openai/*'], opensPrefixes: false };
    expect(grantedKeyValues(person(), values).opensPrefixes).toBe(false);
  });

  it('gives an internal user a key of its own, for the team that it is calling for', () => {
    const access = person({ attribution: { teamId: 'research', orgId: 'acme' } });
    expect(grantedKeyValues(access, NOTHING)).toEqual({
      ...NOTHING,
      userId: 'alice',
      teamId: 'research',
      organizationId: 'acme',
    });
  });

  it.each([
    ['userId', 'user_id'],
    ['teamId', 'team_id'],
    ['organizationId', 'organization_id'],
  ])('refuses an internal user the %s of others', (member, param) => {
    const values = { ...NOTHING, [member]: 'other' };
    expect(() => grantedKeyValues(person(), values)).toThrow(
      expect.objectContaining({ code: 'route_not_allowed', param }),
    );
  });

  it('never reaches further than the credential that asks', () => {
    const refused = expect.objectContaining({ code: 'model_not_allowed', param: 'models' });
    const narrow = person({ models: only('mini') });
    expect(grantedKeyValues(narrow, { ...NOTHING, models: ['mini'] }).models).toEqual(['mini']);
    for (const models of [['gpt-4o'], ['mini', 'gpt-4o'], ['*'], ['all-proxy-models']]) {
      expect(() => grantedKeyValues(narrow, { ...NOTHING, models })).toThrow(refused);
    }
    // A pattern of the caller that happens to cover the special name grants no more than it says.
    const odd = person({ models: only('all-proxy-models') });
    expect(() => grantedKeyValues(odd, { ...NOTHING, models: ['all-proxy-models'] })).toThrow(
      refused,
    );
  });

  it('has every model of its owners when none is named, as far as the credential that asks has them', () => {
    const modelsOf = (asked: string[], modelLimits: readonly (readonly string[])[] = []) =>
      grantedKeyValues(
        person({ models: only('mini'), modelLimits, attribution: { teamId: 'research' } }),
        { ...NOTHING, models: asked },
      ).models;
    const refused = expect.objectContaining({ code: 'model_not_allowed', param: 'models' });
    // The list of the team holds for the key by itself, also after it has changed.
    expect(modelsOf([])).toEqual([]);
    expect(modelsOf([], [['*']])).toEqual([]);
    expect(modelsOf(['all-team-models'])).toEqual(['all-team-models']);
    // Those of the role and scopes of the token do not.
    expect(modelsOf([], [['mini', 'gpt-4o']])).toEqual(['mini', 'gpt-4o']);
    expect(modelsOf([], [['gpt-*'], ['gpt-4o', 'mini']])).toEqual(['gpt-4o']);
    for (const limits of [[['mini'], ['gpt-4o']], [[]]]) {
      expect(() => modelsOf([], limits)).toThrow(refused);
    }
    expect(() => modelsOf(['all-team-models'], [['mini']])).toThrow(refused);
    const teamless = person({ models: only('mini') });
    expect(() => grantedKeyValues(teamless, { ...NOTHING, models: ['all-team-models'] })).toThrow(
      refused,
    );
  });

  it('inherits the limits of the routes of the credential that asks', () => {
    const routesOf = (asked: string[], ...routeLimits: readonly (readonly string[])[]) =>
      grantedKeyValues(person({ routeLimits }), { ...NOTHING, allowedRoutes: asked }).allowedRoutes;
    const team = ['openai_routes', '/key/generate'];
    expect(routesOf([])).toEqual([]);
    expect(routesOf([], team)).toEqual(team);
    expect(routesOf([], team, ['/v1/chat/completions', '/key/generate'])).toEqual([
      '/chat/completions',
      '/key/generate',
    ]);
    expect(routesOf(['/v1/chat/completions'], team)).toEqual(['/v1/chat/completions']);
    expect(routesOf(['management_routes'])).toEqual(['management_routes']);
    const refused = expect.objectContaining({
      code: 'route_not_allowed',
      param: 'allowed_routes',
    });
    expect(() => routesOf(['llm_api_routes'], team)).toThrow(refused);
    expect(() => routesOf(['*'], team)).toThrow(refused);
    expect(() => routesOf(['/embeddings'], team, ['/chat/completions'])).toThrow(refused);
    expect(() => routesOf([], ['/embeddings'], ['/chat/completions'])).toThrow(refused);
  });

  it.each([
    ['a virtual key', withKey('alice')],
    ['a team’s own token', person({ role: 'team', attribution: { userId: null } })],
    ['a viewer of administration', person({ role: 'proxy_admin_viewer' })],
    ['a user who only views', person({ role: 'internal_user_viewer' })],
    ['a customer', person({ role: 'customer' })],
    ['an administrator by a lesser credential', person({ storedRole: 'proxy_admin' })],
  ])('is not for %s', (_who, access) => {
    expect(() => grantedKeyValues(access, NOTHING)).toThrow(
      expect.objectContaining({ code: 'route_not_allowed' }),
    );
  });
});
