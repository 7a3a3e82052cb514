import { NO_TEAMS, type Principal } from '#libs/access';
import type { KeySnapshot } from '#libs/keys';

/** What a key says of its bearer, whoever that is: its owner and what it restricts, and no right of any token. */
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
 * The principal of a virtual key by itself. It acts for the key's owner: a role of the owner's row is its role.
 * @param key the key as it stands now
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
 * The principal of a token that runs as a virtual key (reference `jwt-auth.md` 2.12). Whom the call is made for and
 * what it may do are the key's, so that the token's own team, roles and admin scope count for nothing; who proved
 * itself, its end user and its claims stay the token's. An issuer that may not assert administrators does not get one
 * by way of a key.
 * @param key the key that it is mapped to, as it stands now
 */
export function runningAs(principal: Principal, key: KeySnapshot): Principal {
  return Object.freeze({ ...principal, ...keyPartOf(key) });
}

function keyPartOf({ grant, userId, teamId, organizationId }: KeySnapshot): KeyPart {
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
  };
}
