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
import type { KeyValues } from './key-record.js';
import type { VirtualKeyEntity } from './virtual-key.entity.js';

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
 * Tells whether a caller may delete a key or give it another secret: administrators any, an internal user its own,
 * unless its row makes an administrator of whoever has its keys. A caller who came with a virtual key may not, so that a key that leaked can neither be kept alive nor be taken away
 * from its owner by itself.
 * @param access the request's context
 */
export function mayReplaceKey(access: AccessContext, row: VirtualKeyEntity): boolean {
  if (isProxyAdmin(access)) return true;
  return mayOwnKeys(access) && row.userId !== null && row.userId === userIdOf(access);
}

/**
 * What a caller may make of the key that it asks for. Administrators get what they say. An internal user gets a key
 * of its own, for the team and organisation that it is calling for, and never one that reaches further than the
 * credential it asks with: a key is exempt from the role and scope checks of a token. Models and routes that are asked for
 * have to be among those that the caller may use now; a key without any inherits the limits of the token, and has
 * whatever its owners have where those do not restrict.
 * @param access the request's context
 * @param values what is asked for; an id that is `null` is filled in
 * @throws GatehouseError `route_not_allowed` for whoever may make no such key or names further routes,
 *   `model_not_allowed`
 */
export function grantedKeyValues(access: AccessContext, values: KeyValues): KeyValues {
  if (isProxyAdmin(access)) return values;
  if (!mayOwnKeys(access)) throw new GatehouseError('route_not_allowed');
  const { userId, teamId, orgId } = access.attribution;
  const owner = { userId, teamId, organizationId: orgId };
  refuseOther(values.userId, userId, 'user_id');
  refuseOther(values.teamId, teamId, 'team_id');
  refuseOther(values.organizationId, orgId, 'organization_id');
  return {
    ...values,
    ...owner,
    models: grantedModels(access, values.models),
    allowedRoutes: grantedRoutes(access, values.allowedRoutes),
  };
}

/** The lists of the owners hold for a key by themselves, now and after they change; those of the token do not. */
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
 * Internal users, by a credential of their own. Keys make no keys: one that expires could outlive itself so. Nor does an
 * administrator whose credential may not administer: the key would.
 */
function mayOwnKeys({ role, storedRole, principal, attribution }: AccessContext): boolean {
  if (principal.key !== null || attribution.userId === null) return false;
  return role === 'internal_user' && !isAdministrativeRole(storedRole);
}

function refuseOther(asked: string | null, own: string | null, param: string): void {
  if (asked === null || asked === own) return;
  throw new GatehouseError('route_not_allowed', {
    message: 'Only administrators make keys for others.',
    param,
  });
}
