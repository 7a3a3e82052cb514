import type { Attribution } from '#libs/access';
import { mayUseObject, ownerOf } from './object-access.js';

const NONE: Attribution = {
  issuer: null,
  subject: null,
  keyId: null,
  userId: null,
  teamId: null,
  orgId: null,
  endUserId: null,
};
const ALICE = { ...NONE, issuer: 'i', subject: 's', userId: 'alice', teamId: 'red', orgId: 'acme' };

const mayUse = (made: Attribution, used: Attribution, sharing: 'user' | 'team' = 'user') =>
  mayUseObject(ownerOf(made), { attribution: used, role: 'internal_user' }, sharing);

describe('an object of an upstream', () => {
  it.each<[string, Attribution, Attribution, boolean]>([
    ['its user', ALICE, ALICE, true],
    ['its user by a key', ALICE, { ...ALICE, issuer: null, subject: null, keyId: 'k' }, true],
    ['another user of its team', ALICE, { ...ALICE, userId: 'bob' }, false],
    ['its user for another team', ALICE, { ...ALICE, teamId: 'blue' }, false],
    ['its user without a team', ALICE, { ...ALICE, teamId: null }, false],
    ['its user for another organisation', ALICE, { ...ALICE, orgId: 'other' }, false],
    ['its user without an organisation', ALICE, { ...ALICE, orgId: null }, false],
    ['a call of its team without a user', ALICE, { ...NONE, teamId: 'red', orgId: 'acme' }, false],
    ['its key', { ...NONE, keyId: 'k' }, { ...NONE, keyId: 'k' }, true],
    [
      'its key, regenerated',
      { ...NONE, keyId: 'k' },
      { ...NONE, keyId: 'n', firstKeyId: 'k' },
      true,
    ],
    ['another key', { ...NONE, keyId: 'k' }, { ...NONE, keyId: 'l' }, false],
    ['another user of its key', { ...NONE, keyId: 'k' }, { ...ALICE, keyId: 'k' }, false],
    [
      'another subject with its key',
      { ...NONE, keyId: 'k', issuer: 'i', subject: 's' },
      { ...NONE, keyId: 'k', issuer: 'i', subject: 't' },
      false,
    ],
    [
      'its subject',
      { ...NONE, issuer: 'i', subject: 's' },
      { ...NONE, issuer: 'i', subject: 's' },
      true,
    ],
    [
      'the same subject of another issuer',
      { ...NONE, issuer: 'i', subject: 's' },
      { ...NONE, issuer: 'j', subject: 's' },
      false,
    ],
    [
      'its team, where it has no more',
      { ...NONE, teamId: 'red' },
      { ...NONE, teamId: 'red' },
      true,
    ],
    ['a caller without any id', NONE, NONE, false],
  ])('may be used by %s: %#', (_who, made, used, expected) => {
    expect(mayUse(made, used)).toBe(expected);
  });

  it('may be used by every call for its team where it is shared with the team', () => {
    expect(mayUse(ALICE, { ...ALICE, userId: 'bob' }, 'team')).toBe(true);
    expect(mayUse(ALICE, { ...ALICE, userId: 'bob', teamId: 'blue' }, 'team')).toBe(false);
    expect(mayUse(ALICE, { ...ALICE, userId: 'bob', orgId: 'other' }, 'team')).toBe(false);
    const single = { ...NONE, userId: 'alice' };
    expect(mayUse(single, { ...NONE, userId: 'bob' }, 'team')).toBe(false);
  });

  it('may be used by administrators of the gateway, and not by their viewers', () => {
    const of = (role: 'proxy_admin' | 'proxy_admin_viewer') =>
      mayUseObject(ownerOf(ALICE), { attribution: NONE, role }, 'user');
    expect([of('proxy_admin'), of('proxy_admin_viewer')]).toEqual([true, false]);
  });
});
