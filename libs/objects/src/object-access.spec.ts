import { NO_ATTRIBUTION, type Attribution } from '#libs/access';
import { mayUseObject, ownerOf } from './object-access.js';

const ALICE = {
  ...NO_ATTRIBUTION,
  issuer: 'i',
  subject: 's',
  userId: 'alice',
  teamId: 'red',
  orgId: 'acme',
};

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
    [
      'a call of its team without a user',
      ALICE,
      { ...NO_ATTRIBUTION, teamId: 'red', orgId: 'acme' },
      false,
    ],
    ['its key', { ...NO_ATTRIBUTION, keyId: 'k' }, { ...NO_ATTRIBUTION, keyId: 'k' }, true],
    [
      'its key, regenerated',
      { ...NO_ATTRIBUTION, keyId: 'k' },
      { ...NO_ATTRIBUTION, keyId: 'n', firstKeyId: 'k' },
      true,
    ],
    ['another key', { ...NO_ATTRIBUTION, keyId: 'k' }, { ...NO_ATTRIBUTION, keyId: 'l' }, false],
    ['another user of its key', { ...NO_ATTRIBUTION, keyId: 'k' }, { ...ALICE, keyId: 'k' }, false],
    [
      'another subject with its key',
      { ...NO_ATTRIBUTION, keyId: 'k', issuer: 'i', subject: 's' },
      { ...NO_ATTRIBUTION, keyId: 'k', issuer: 'i', subject: 't' },
      false,
    ],
    [
      'its subject',
      { ...NO_ATTRIBUTION, issuer: 'i', subject: 's' },
      { ...NO_ATTRIBUTION, issuer: 'i', subject: 's' },
      true,
    ],
    [
      'the same subject of another issuer',
      { ...NO_ATTRIBUTION, issuer: 'i', subject: 's' },
      { ...NO_ATTRIBUTION, issuer: 'j', subject: 's' },
      false,
    ],
    [
      'its team, where it has no more',
      { ...NO_ATTRIBUTION, teamId: 'red' },
      { ...NO_ATTRIBUTION, teamId: 'red' },
      true,
    ],
    ['a caller without any id', NO_ATTRIBUTION, NO_ATTRIBUTION, false],
  ])('may be used by %s: %#', (_who, made, used, expected) => {
    expect(mayUse(made, used)).toBe(expected);
  });

  it('may be used by every call for its team where it is shared with the team', () => {
    expect(mayUse(ALICE, { ...ALICE, userId: 'bob' }, 'team')).toBe(true);
    expect(mayUse(ALICE, { ...ALICE, userId: 'bob', teamId: 'blue' }, 'team')).toBe(false);
    expect(mayUse(ALICE, { ...ALICE, userId: 'bob', orgId: 'other' }, 'team')).toBe(false);
    const single = { ...NO_ATTRIBUTION, userId: 'alice' };
    expect(mayUse(single, { ...NO_ATTRIBUTION, userId: 'bob' }, 'team')).toBe(false);
  });

  it('may be used by administrators of the gateway, and not by their viewers', () => {
    const of = (role: 'proxy_admin' | 'proxy_admin_viewer') =>
      mayUseObject(ownerOf(ALICE), { attribution: NO_ATTRIBUTION, role }, 'user');
    expect([of('proxy_admin'), of('proxy_admin_viewer')]).toEqual([true, false]);
  });
});
