import { ALL_TEAM_MODELS, NO_DEFAULT_MODELS, type Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { ModelList } from './model-permissions.js';
import { modelsOfRole } from './role-permissions.js';
import { modelsOfScopes } from './scope-mapping.js';

/** The settings that give a credential lists of models. */
export type TokenModelPolicy = Pick<JwtSettings, 'rbac' | 'scopeMappings'>;

/**
 * Returns the lists of models that restrict a credential independently of its rows: those of its role
 * (`role_permissions`), of its scopes (`scope_mappings`) and of its virtual key. They restrict
 * administrators too.
 * @param policy models of roles and scopes
 */
export function tokenModelLists(
  principal: Principal,
  policy: TokenModelPolicy,
): readonly ModelList[] {
  return [...roleList(principal, policy), ...scopeList(principal, policy), ...keyList(principal)];
}

/**
 * Lists of models that hold for tokens and not for virtual keys by themselves: those of its role and of its scopes. What a
 * token makes a key of has to stay within them.
 * @param policy what roles and scopes open
 * @returns empty for callers that are not evaluated by such lists
 */
export function modelLimitsOf(
  principal: Principal,
  policy: TokenModelPolicy,
): readonly (readonly string[])[] {
  const lists = [...roleList(principal, policy), ...scopeList(principal, policy)];
  return lists.map(({ models }) => models);
}

/** The list of the role of a token; none where roles do not restrict models. */
export function roleList(
  principal: Principal,
  policy: Pick<TokenModelPolicy, 'rbac'>,
): readonly ModelList[] {
  const models = modelsOfRole(principal, policy.rbac);
  return models === null ? [] : [{ holder: 'role', models }];
}

/** The list of the scopes of a token; none where scopes do not restrict models. */
export function scopeList(
  principal: Principal,
  policy: Pick<TokenModelPolicy, 'scopeMappings'>,
): readonly ModelList[] {
  const models = modelsOfScopes(principal, policy);
  if (models === null) return [];
  return [{ holder: 'scope', models, mappings: policy.scopeMappings ?? [] }];
}

function keyList({ key, teams }: Principal): readonly ModelList[] {
  if (key === null || key.models.length === 0) return [];
  if (!key.models.includes(ALL_TEAM_MODELS)) return [{ holder: 'key', models: key.models }];
  // The team's own list is consulted anyway; without a team there is nothing that the entry could stand for.
  if (teams.teamId !== null) return [];
  const others = key.models.filter((entry) => entry !== ALL_TEAM_MODELS);
  return [{ holder: 'key', models: others.length === 0 ? [NO_DEFAULT_MODELS] : others }];
}
