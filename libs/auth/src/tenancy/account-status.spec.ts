import { anEndUser, aPrincipal, anOrganization, aUser, ISSUER } from '#support/access-builders';
import {
  evaluateEndUser,
  evaluateOrganization,
  organizationToMake,
  evaluateUser,
  roleOf,
  usableRole,
} from './account-status.js';

const person = aPrincipal();
const admin = aPrincipal({ isAdmin: true });
const strict = { userIdUpsert: false, orgIdUpsert: false };
const key = { keyId: 'k', alias: null, models: [], allowedRoutes: [] };

describe('the account of a token', () => {
  it.each([
    ['is fine when its row is', person, aUser(), null],
    ['is fine when it is bound to the issuer', person, aUser({ boundIssuer: ISSUER }), null],
    [
      'is a conflict when bound elsewhere',
      person,
      aUser({ boundIssuer: 'x' }),
      'identity_conflict',
    ],
    [
      'is a conflict also for tokens without issuer',
      aPrincipal({ issuer: null }),
      aUser({ boundIssuer: 'x' }),
      'identity_conflict',
    ],
    [
      'is a conflict when bound to another subject of the issuer',
      person,
      aUser({ boundIssuer: ISSUER, boundSubject: 'other' }),
      'identity_conflict',
    ],
    [
      'is a conflict for a token without a subject when bound to one',
      aPrincipal({ subject: null }),
      aUser({ boundIssuer: ISSUER, boundSubject: 'other' }),
      'identity_conflict',
    ],
    [
      'is a conflict for an introspected token of another subject',
      aPrincipal({ kind: 'introspection' }),
      aUser({ boundIssuer: ISSUER, boundSubject: 'other' }),
      'identity_conflict',
    ],
    [
      'is a conflict for an administrator of another subject',
      admin,
      aUser({ boundIssuer: ISSUER, boundSubject: 'other' }),
      'identity_conflict',
    ],
    [
      'is fine when it is bound to the subject',
      person,
      aUser({ boundIssuer: ISSUER, boundSubject: person.subject }),
      null,
    ],
    [
      'is compared with the id of the template where the issuer has one',
      aPrincipal({ subject: 'ref-2', accountSubject: 'repo:acme' }),
      aUser({ boundIssuer: ISSUER, boundSubject: 'repo:acme' }),
      null,
    ],
    ['is blocked when its row is', person, aUser({ blocked: true }), 'user_blocked'],
    ['is unknown without a row', person, null, 'user_unknown'],
    ['is null when the token names no user', aPrincipal({ userId: null }), null, null],
    ['needs no row for an administrator', admin, null, null],
    ['of an administrator may be blocked', admin, aUser({ blocked: true }), 'user_blocked'],
  ])('%s', (_name, principal, user, code) => {
    expect(evaluateUser(principal, user, strict)?.code ?? null).toBe(code);
  });

  it('does not tell whether the row of another identity is blocked', () => {
    const foreign = aUser({ boundIssuer: 'x', blocked: true });
    expect(evaluateUser(person, foreign, strict)?.code).toBe('identity_conflict');
  });

  it('may be unknown where users are created from tokens, but not that of a virtual key', () => {
    expect(evaluateUser(person, null, { userIdUpsert: true })).toBeNull();
    expect(evaluateUser(aPrincipal({ key }), null, { userIdUpsert: true })?.code).toBe(
      'user_unknown',
    );
  });

  it('is that of the virtual key for a token that runs as one, whosever identity it is', () => {
    expect(evaluateUser(aPrincipal({ key }), aUser({ boundIssuer: 'x' }), strict)).toBeNull();
  });
});

describe('the organisation of a token', () => {
  it('must exist, except for administrators', () => {
    const named = aPrincipal({ orgId: 'acme' });
    expect(evaluateOrganization(named, null, strict)?.code).toBe('org_unknown');
    expect(evaluateOrganization(named, anOrganization(), strict)).toBeNull();
    expect(evaluateOrganization(person, null, strict)).toBeNull();
    expect(
      evaluateOrganization(aPrincipal({ orgId: 'acme', isAdmin: true }), null, strict),
    ).toBeNull();
  });

  it('is made for a token that names it by id, where that is switched on, and for nothing else', () => {
    const open = { orgIdUpsert: true };
    const named = aPrincipal({ orgId: 'acme' });
    expect(organizationToMake(named, null, open)).toBe('acme');
    expect(evaluateOrganization(named, null, open)).toBeNull();
    expect(organizationToMake(named, null, strict)).toBeNull();
    expect(organizationToMake(named, anOrganization(), open)).toBeNull();
    const others: readonly Parameters<typeof aPrincipal>[0][] = [
      { orgId: 'acme', key },
      { orgId: 'acme', kind: 'virtual_key' },
      { orgAlias: 'Acme' },
    ];
    for (const other of others) {
      const principal = aPrincipal(other);
      expect([other, organizationToMake(principal, null, open)]).toEqual([other, null]);
      expect(evaluateOrganization(principal, null, open)?.code).toBe('org_unknown');
    }
    expect(organizationToMake(aPrincipal({ orgId: 'acme', isAdmin: true }), null, open)).toBeNull();
  });

  it('must be the only one of its alias where it is named so', () => {
    const named = aPrincipal({ orgAlias: 'Acme' });
    expect(evaluateOrganization(named, null, strict)).toMatchObject({
      code: 'org_unknown',
      configKey: 'general_settings.litellm_jwtauth.org_alias_jwt_field',
    });
    expect(evaluateOrganization(named, anOrganization(), strict)).toBeNull();
  });
});

describe('an end user', () => {
  it('is refused only when blocked', () => {
    expect(evaluateEndUser(null)).toBeNull();
    expect(evaluateEndUser(anEndUser())).toBeNull();
    expect(evaluateEndUser(anEndUser({ blocked: true }))?.code).toBe('end_user_blocked');
  });
});

describe('the role of a caller', () => {
  const asIs = { teams: { syncUser: false }, adminIssuers: null };
  const synced = { ...asIs, teams: { syncUser: true } };
  const ordinary = aPrincipal({ mayAdminister: false });

  it('comes from its row', () => {
    expect(usableRole(person, aUser({ role: 'proxy_admin' }), asIs)).toBe('proxy_admin');
    const viewer = aUser({ role: 'internal_user_viewer' });
    expect(usableRole(person, viewer, asIs)).toBe('internal_user_viewer');
    expect(usableRole(person, null, asIs)).toBeNull();
  });

  it('comes from its token where that gives one, over the row and without one', () => {
    const given = aPrincipal({ role: 'internal_user_viewer' });
    expect(usableRole(given, aUser({ role: 'proxy_admin' }), asIs)).toBe('internal_user_viewer');
    expect(usableRole(given, null, asIs)).toBe('internal_user_viewer');
  });

  it('is not an administrative one for issuers that may not assert administrators', () => {
    for (const role of ['proxy_admin', 'proxy_admin_viewer'] as const) {
      expect(usableRole(ordinary, aUser({ role }), asIs)).toBe('internal_user');
      expect(usableRole({ ...ordinary, role }, null, asIs)).toBe('internal_user');
    }
    const viewer = aUser({ role: 'internal_user_viewer' });
    expect(usableRole(ordinary, viewer, asIs)).toBe('internal_user_viewer');
  });

  it('is not the administrative one of another issuer’s row, also by way of a virtual key', () => {
    const policy = { ...asIs, adminIssuers: ['https://boss.example'] };
    const owned = aPrincipal({ kind: 'virtual_key', issuer: null, key });
    const roleOfRow = (boundIssuer: string | null, principal = owned) =>
      usableRole(principal, aUser({ role: 'proxy_admin', boundIssuer }), policy);
    expect(roleOfRow(ISSUER)).toBe('internal_user');
    expect(roleOfRow(ISSUER, aPrincipal({ key }))).toBe('internal_user');
    expect(roleOfRow('https://boss.example')).toBe('proxy_admin');
    expect(roleOfRow(null)).toBe('proxy_admin');
    expect(roleOfRow(null, aPrincipal({ key, mayAdminister: false }))).toBe('internal_user');
  });

  it('is nothing where the row is blocked or belongs to another identity', () => {
    const given = aPrincipal({ role: 'proxy_admin' });
    for (const row of [
      { blocked: true },
      { boundIssuer: 'x' },
      { boundIssuer: ISSUER, boundSubject: 'x' },
    ]) {
      expect(usableRole(person, aUser({ role: 'proxy_admin', ...row }), asIs)).toBeNull();
      expect(usableRole(given, aUser(row), asIs)).toBeNull();
    }
  });

  it('that followed earlier tokens is gone with the first token that gives none (threat A08)', () => {
    const followed = aUser({ role: 'proxy_admin', roleSource: 'sync' });
    expect(usableRole(person, followed, synced)).toBeNull();
    expect(usableRole(person, followed, asIs)).toBe('proxy_admin');
    expect(usableRole(person, aUser({ role: 'proxy_admin' }), synced)).toBe('proxy_admin');
    expect(usableRole(aPrincipal({ key }), followed, synced)).toBe('proxy_admin');
  });

  it('is administrator by scope, else the row, else team for a team alone, else internal user', () => {
    const ids = { userId: 'alice', teamId: 'research' };
    expect(roleOf(admin, 'internal_user', ids)).toBe('proxy_admin');
    expect(roleOf(person, 'internal_user_viewer', ids)).toBe('internal_user_viewer');
    expect(roleOf(person, null, ids)).toBe('internal_user');
    expect(roleOf(person, null, { userId: null, teamId: 'research' })).toBe('team');
    expect(roleOf(person, null, { userId: null, teamId: null })).toBe('internal_user');
  });
});
