import type { Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import { isTokenCaller } from './token-caller.js';
import { routesOfRole } from './role-permissions.js';
import { routesOfScopes } from './scope-mapping.js';

/**
 * Lists of routes that hold for tokens and not for virtual keys by themselves, each of which must cover a route: those of
 * its team, or of the first guide, of its role and of its scopes. What a token makes a key of has to stay within them.
 * @param hasTeam whether the routes of teams are those of the caller
 * @returns empty for callers that are not evaluated by such lists
 */
export function routeLimitsOf(
  principal: Principal,
  jwt: JwtSettings,
  hasTeam: boolean,
): readonly (readonly string[])[] {
  if (!isTokenCaller(principal)) return [];
  const ordinary = jwt.ordinaryAllowedRoutes ?? (hasTeam ? jwt.teamAllowedRoutes : null);
  const lists = [ordinary, routesOfRole(principal, jwt.rbac), routesOfScopes(principal, jwt)];
  return lists.filter((list) => list !== null);
}
