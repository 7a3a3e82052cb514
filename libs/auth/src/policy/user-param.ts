import { isModelRoute, mayUseRoute, ROUTE_GROUPS, type RequestedRoute } from '#libs/access';
import type { AccessSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';

/**
 * Evaluates whether a call names its end user where `enforce_user_param` requires one: `POST` on routes
 * that call models, except those of MCP (docs/reference/routes.md). The token, a header or the member
 * `user` may name it.
 * @param endUserId the end user of the call
 * @returns `null` when it names one, or none is required
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
