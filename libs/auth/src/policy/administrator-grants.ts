import type { Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { isTokenCaller } from './role-permissions.js';
import type { RouteGrant } from './route-grant.js';

/** What administrators of an organisation may ask for besides. */
const ORGANIZATION_ROUTES: readonly string[] = Object.freeze(['own_organization_routes']);
/** A list that covers every route. */
export const ALL_ROUTES: readonly string[] = Object.freeze(['*']);

/** Its handlers show and change the organisations that the caller administers, and no other. */
export const organizationGrant: RouteGrant = Object.freeze({
  holder: 'administrators of an organisation',
  routes: ORGANIZATION_ROUTES,
  within: null,
  except: [],
  reach: 'all',
  configKey: null,
});

/** The master key may ask for everything. */
export const masterKeyGrant: RouteGrant = Object.freeze({
  holder: 'the master key',
  routes: ALL_ROUTES,
  within: null,
  except: [],
  reach: 'all',
  configKey: CONFIG_KEYS.masterKey,
});

/** `admin_allowed_routes` is a setting of tokens: the virtual key of an administrator has every route, as in LiteLLM. */
export function adminGrant(
  principal: Principal,
  jwt: Pick<JwtSettings, 'adminAllowedRoutes'>,
): RouteGrant {
  const isToken = isTokenCaller(principal);
  return {
    holder: 'administrators',
    routes: isToken ? jwt.adminAllowedRoutes : ALL_ROUTES,
    within: null,
    except: [],
    reach: 'all',
    configKey: isToken ? CONFIG_KEYS.adminRoutes : null,
  };
}
