import { isModelRoute, mayUseRoute, ROUTE_GROUPS, type RequestedRoute } from '#libs/access';
import type { AccessSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';

/**
 * Evaluates whether a call of a model names its end user where it must (`enforce_user_param`, reference `jwt-auth.md`
 * section 3, check 15): `POST` on routes that call models, those of MCP aside. An end user of the token or of a header
 * counts as much as the member `user`.
 * @param endUserId the end user that the call is made for
 * @returns `null` when it does, or need not
 */
export function evaluateUserParam(
  settings: Pick<AccessSettings, 'requireUserParam'>,
  route: RequestedRoute,
  endUserId: string | null,
): Refusal | null {
  if (!settings.requireUserParam || endUserId !== null) return null;
  if (route.method !== 'POST' || !isModelRoute(route)) return null;
  if (mayUseRoute(ROUTE_GROUPS.mcp_routes, route)) return null;
  return {
    code: 'request_invalid',
    detail: 'the call names no end user',
    isLogged: true,
    configKey: CONFIG_KEYS.userParam,
    answer: { param: 'user', message: 'The member "user" is required: it names the end user.' },
  };
}
