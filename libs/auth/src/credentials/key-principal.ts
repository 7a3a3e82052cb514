import { NO_TEAMS, type Principal } from '#libs/access';
import type { KeySnapshot } from '#libs/keys';

/**
 * The members of a principal that a key decides: its owner and its restrictions, and no right of a
 * token.
 */
type KeyPart = Pick<
  Principal,
  | 'userId'
  | 'email'
  | 'emailVerified'
  | 'teams'
  | 'orgId'
  | 'orgAlias'
  | 'rbacRole'
  | 'role'
  | 'isAdmin'
  | 'key'
  | 'keyExpiresAtMs'
>;

const NO_TOKEN = Object.freeze({
  issuer: null,
  subject: null,
  endUserId: null,
  agentId: null,
  scopes: Object.freeze([]),
  roles: Object.freeze([]),
  clientIds: [],
  tokenId: null,
  sessionId: null,
  issuedAt: null,
  authenticatedAt: null,
  claims: Object.freeze({}),
});

/**
 * Returns the principal of a virtual key that is sent as the credential. It acts for the key's
 * owner: the stored role of the owner is its role.
 * @param key the current state of the key
 */
export function principalOfKey(key: KeySnapshot): Principal {
  return Object.freeze({
    kind: 'virtual_key',
    ...NO_TOKEN,
    ...keyPartOf(key),
    mayAdminister: true,
  });
}

/**
 * Returns the principal of a token that runs as a virtual key
 * (`docs/how-to/issue-virtual-keys.md`). The key decides for which user the call is made and what
 * it may do, so the token's team, roles and admin scope have no effect. The authenticated subject,
 * the end user and the claims are those of the token. An issuer that may not assert administrators
 * does not get one through a key.
 * @param key the current state of the key that the token is mapped to
 */
export function runningAs(principal: Principal, key: KeySnapshot): Principal {
  return Object.freeze({ ...principal, ...keyPartOf(key) });
}

function keyPartOf({ grant, userId, teamId, organizationId, expiresAtMs }: KeySnapshot): KeyPart {
  return {
    userId,
    email: null,
    emailVerified: null,
    teams: teamId === null ? NO_TEAMS : Object.freeze({ ...NO_TEAMS, teamId, source: 'key' }),
    orgId: organizationId,
    orgAlias: null,
    rbacRole: null,
    role: null,
    isAdmin: false,
    key: grant,
    ...(expiresAtMs === null ? {} : { keyExpiresAtMs: expiresAtMs }),
  };
}
