import {
  ALL_TEAM_MODELS,
  commonModels,
  commonRoutes,
  isAdministrativeRole,
  isProxyAdmin,
  mayReadEverything,
  namesAllRoutes,
  userIdOf,
  type AccessContext,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { KeyValues } from './entities/key-record.js';
import type { VirtualKeyEntity } from './entities/virtual-key.entity.js';

/** Entries of a list of models that stand for every model. */
const EVERY_MODEL = 'all-proxy-models';

/**
 * The keys that a caller may see, `null` for all of them: administrators and viewers see every key, others those of
 * their user and the one that they are calling with. Any other key is to them as if it did not exist.
 * @param access the request's context
 */
export function visibleKeys(
  access: AccessContext,
): { readonly userId: string | null; readonly keyId: string | null } | null {
  if (mayReadEverything(access)) return null;
  return { userId: userIdOf(access), keyId: access.principal.key?.keyId ?? null };
}

/**
 * Tells whether a caller may see a key.
 * @param access the request's context
 */
export function maySeeKey(access: AccessContext, row: VirtualKeyEntity): boolean {
  const own = visibleKeys(access);
  if (own === null) return true;
  return row.keyId === own.keyId || (own.userId !== null && row.userId === own.userId);
}

/**
 * Tells whether a caller may delete a key or give it another secret. Administrators may do so with
 * every key, an internal user with its own, unless its row is an administrator's while its credential
 * may not administer. A caller with a virtual key may not, so that the holder of a leaked key can
 * neither renew it nor take it from its owner.
 * @param access the request's context
 */
export function mayReplaceKey(access: AccessContext, row: VirtualKeyEntity): boolean {
  if (isProxyAdmin(access)) return true;
  return mayOwnKeys(access) && row.userId !== null && row.userId === userIdOf(access);
}

/**
 * Returns the values of the key that a caller receives for a request. An administrator's request is
 * granted as it is. An internal user receives a key of its own, for the team and organisation that it
 * is calling for, which never reaches further than its credential, because a key is exempt from the
 * role and scope checks of a token. Requested models and routes must be among those that the caller
 * may use now. A key without models or routes inherits the limits of the token; where the token has
 * none, those of its owners apply.
 * @param access the request's context
 * @param values requested values; an id that is `null` becomes the caller's
 * @throws GatehouseError `route_not_allowed` for a caller that may not make the key or names other
 *   routes, `model_not_allowed`
 */
export function grantedKeyValues(access: AccessContext, values: KeyValues): KeyValues {
  if (isProxyAdmin(access)) return { ...values, opensPrefixes: true };
  if (!mayOwnKeys(access)) throw new GatehouseError('route_not_allowed');
  const { userId, teamId, orgId } = access.attribution;
  const owner = { userId, teamId, organizationId: orgId };
  refuseOther(values.userId, userId, 'user_id');
  refuseOther(values.teamId, teamId, 'team_id');
  refuseOther(values.organizationId, orgId, 'organization_id');
  if (values.limits.restarts !== undefined)
    throw onlyAdministrators('set spend and resets', 'spend');
  if ((values.passThroughRoutes ?? []).length > 0)
    throw onlyAdministrators('open endpoints to keys', 'allowed_passthrough_routes');
  return {
    ...values,
    ...owner,
    models: grantedModels(access, values.models),
    allowedRoutes: grantedRoutes(access, values.allowedRoutes),
  };
}

/** A key inherits the token's lists only: those of its owners are evaluated with every call anyway. */
function grantedModels(access: AccessContext, asked: readonly string[]): string[] {
  const inherited = commonModels(access.modelLimits);
  const isOfTeam = access.attribution.teamId !== null && inherited?.length === 0;
  const mayGive = (model: string): boolean =>
    model === ALL_TEAM_MODELS
      ? isOfTeam
      : access.models.mayUse(model === EVERY_MODEL ? '*' : model);
  const models = asked.length === 0 ? inherited : asked;
  if (models !== null && asked.every(mayGive)) return [...models];
  throw new GatehouseError('model_not_allowed', {
    message: 'A key cannot use models that you may not use; name those that it is for.',
    param: 'models',
  });
}

function grantedRoutes({ routeLimits }: AccessContext, asked: readonly string[]): string[] {
  const inherited = asked.length === 0 ? commonRoutes(routeLimits) : asked;
  if (inherited !== null && routeLimits.every((limit) => namesAllRoutes(limit, inherited))) {
    return [...inherited];
  }
  throw new GatehouseError('route_not_allowed', {
    message: 'A key cannot call routes that you may not call; name those that it is for.',
    param: 'allowed_routes',
  });
}

/**
 * Tells whether the caller is an internal user with a credential of its own. A key makes no keys: one
 * that expires could outlive itself so. Nor does an administrator whose credential may not
 * administer, because the key could.
 */
function mayOwnKeys({ role, storedRole, principal, attribution }: AccessContext): boolean {
  if (principal.key !== null || attribution.userId === null) return false;
  return role === 'internal_user' && !isAdministrativeRole(storedRole);
}

function refuseOther(asked: string | null, own: string | null, param: string): void {
  if (asked === null || asked === own) return;
  throw onlyAdministrators('make keys for others', param);
}

function onlyAdministrators(action: string, param: string): GatehouseError {
  return new GatehouseError('route_not_allowed', {
    message: `Only administrators ${action}.`,
    param,
  });
}
