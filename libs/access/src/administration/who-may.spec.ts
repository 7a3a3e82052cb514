import { anAccess, aMasterKeyAccess } from '#support/management';
import { ROLES } from '../request/role.js';
import {
  MASTER_KEY_USER_ID,
  mayReadEverything,
  requireProxyAdmin,
  requireReadEverything,
  userIdOf,
} from './who-may.js';

describe('who may administer', () => {
  it.each(ROLES.map((role) => [role]))('lets only proxy_admin change things: %s', (role) => {
    const attempt = () => {
      requireProxyAdmin(anAccess({ role }));
    };
    if (role === 'proxy_admin') expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code: 'route_not_allowed' }));
  });

  it.each(ROLES.map((role) => [role]))(
    'lets administrators and viewers read everything: %s',
    (role) => {
      const isReader = role === 'proxy_admin' || role === 'proxy_admin_viewer';
      const attempt = () => {
        requireReadEverything(anAccess({ role }));
      };
      expect(mayReadEverything(anAccess({ role }))).toBe(isReader);
      if (isReader) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(expect.objectContaining({ code: 'route_not_allowed' }));
    },
  );

  it('takes the master key for its own user, and a person for the account of the token', () => {
    expect(userIdOf(aMasterKeyAccess())).toBe(MASTER_KEY_USER_ID);
    expect(userIdOf(anAccess())).toBe('alice');
    expect(userIdOf(anAccess({ attribution: { userId: null } }))).toBeNull();
  });
});
