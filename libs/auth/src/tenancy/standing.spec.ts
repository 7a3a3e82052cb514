import { aPrincipal, anOrganization, aUser, ISSUER, jwtSettings } from '#support/access-builders';
import { judgeEndUser, judgeOrganization, judgeUser, roleOf, usableUserRole } from './standing.js';

const person = aPrincipal();
const admin = aPrincipal({ isAdmin: true });
const strict = { userIdUpsert: false };

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
    ['is blocked when its row is', person, aUser({ blocked: true }), 'user_blocked'],
    ['is unknown without a row', person, null, 'user_unknown'],
    ['is nobody when the token names nobody', aPrincipal({ userId: null }), null, null],
    ['needs no row for an administrator', admin, null, null],
    ['of an administrator may be blocked', admin, aUser({ blocked: true }), 'user_blocked'],
  ])('%s', (_name, principal, user, code) => {
    expect(judgeUser(principal, user, strict)?.code ?? null).toBe(code);
  });

  it('does not tell whether the row of another identity is blocked', () => {
    const foreign = aUser({ boundIssuer: 'x', blocked: true });
    expect(judgeUser(person, foreign, strict)?.code).toBe('identity_conflict');
  });

  it('may be unknown where users are created from tokens', () => {
    expect(judgeUser(person, null, { userIdUpsert: true })).toBeNull();
  });
});

describe('the organisation of a token', () => {
  it('must exist, except for administrators', () => {
    const named = aPrincipal({ orgId: 'acme' });
    expect(judgeOrganization(named, null)?.code).toBe('org_unknown');
    expect(judgeOrganization(named, anOrganization())).toBeNull();
    expect(judgeOrganization(person, null)).toBeNull();
    expect(judgeOrganization(aPrincipal({ orgId: 'acme', isAdmin: true }), null)).toBeNull();
  });
});

describe('an end user', () => {
  it('is refused only when blocked', () => {
    expect(judgeEndUser(null)).toBeNull();
    expect(judgeEndUser({ endUserId: 'e', blocked: false })).toBeNull();
    expect(judgeEndUser({ endUserId: 'e', blocked: true })?.code).toBe('end_user_blocked');
  });
});

describe('the role of a caller', () => {
  const open = jwtSettings();
  const closed = jwtSettings({ adminIssuers: ['https://other'] });
  const roleFrom = (user: Parameters<typeof usableUserRole>[1], policy = open) =>
    usableUserRole(person, user, policy);

  it('comes from its row', () => {
    expect(roleFrom(aUser({ role: 'proxy_admin' }))).toBe('proxy_admin');
    expect(roleFrom(aUser({ role: 'internal_user_viewer' }))).toBe('internal_user_viewer');
    expect(roleFrom(null)).toBeNull();
  });

  it('is no administrative one for issuers that may not assert administrators', () => {
    expect(roleFrom(aUser({ role: 'proxy_admin' }), closed)).toBe('internal_user');
    expect(roleFrom(aUser({ role: 'proxy_admin_viewer' }), closed)).toBe('internal_user');
    expect(roleFrom(aUser({ role: 'internal_user_viewer' }), closed)).toBe('internal_user_viewer');
  });

  it('is nothing where the row is blocked or belongs to another identity', () => {
    expect(roleFrom(aUser({ role: 'proxy_admin', blocked: true }))).toBeNull();
    expect(roleFrom(aUser({ role: 'proxy_admin', boundIssuer: 'x' }))).toBeNull();
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
