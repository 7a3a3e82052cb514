import {
  mayUseModel,
  mayUseRoute,
  type ModelFacts,
  type Principal,
  type RequestedRoute,
} from '#libs/access';
import type { JwtSettings, ScopeMapping } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { shownRoute, type Refusal } from '../failures/refusal.js';
import { isTokenCaller } from './role-permissions.js';

/** The settings that scopes are evaluated by. */
export type ScopePolicy = Pick<JwtSettings, 'scopeMappings' | 'adminScope' | 'adminAllowedRoutes'>;

/** What the scopes of a token must cover. */
export interface ScopedCall {
  readonly route: RequestedRoute;
  /** The model that the call names and what is known of it; `null` where it names none. */
  readonly model: ScopedModel | null;
}

/** A model that the scopes of a token must open. */
export interface ScopedModel {
  readonly name: string;
  readonly facts: ModelFacts | undefined;
}

/** More scopes in a challenge would make the header grow with the configuration. */
const MAX_HINTS = 8;

/** The mappings that a caller's scopes are evaluated by; `null` where access does not depend on scopes. */
export function scopeMappingsFor(
  principal: Pick<Principal, 'kind' | 'key'>,
  policy: Pick<ScopePolicy, 'scopeMappings'>,
): readonly ScopeMapping[] | null {
  const { scopeMappings } = policy;
  if (scopeMappings === null || scopeMappings.length === 0) return null;
  return isTokenCaller(principal) ? scopeMappings : null;
}

/**
 * Evaluates a route by the scopes of a token. As soon as any mapping lists routes, the route must be among those of one of
 * the token's scopes. The administrators' scope opens the administrators' routes without an entry of its own.
 * @param call the requested route, and the model for the sake of the hint: a scope that opens the route and not the
 *   model would not have sufficed
 * @returns `null` when the scopes suffice
 */
export function evaluateScopedRoute(
  principal: Principal,
  policy: ScopePolicy,
  call: ScopedCall,
): Refusal | null {
  const { route, model } = call;
  const mappings = scopeMappingsFor(principal, policy);
  if (mappings === null || mappings.every(({ routes }) => routes === null)) return null;
  if (principal.isAdmin && mayUseRoute(policy.adminAllowedRoutes, route)) return null;
  const opening = mappings
    .filter(({ routes }) => routes !== null && mayUseRoute(routes, route))
    .map(({ scope }) => scope);
  if (opening.some((scope) => principal.scopes.includes(scope))) return null;
  const held = modelsOfScopes(principal, policy);
  return {
    code: 'scope_insufficient',
    detail: `no scope of the token opens ${shownRoute(route)}`,
    configKey: CONFIG_KEYS.scopeMappings,
    response: {
      scopes: hintOf(
        model === null || held === null
          ? opening
          : opening.filter((scope) => opensModelBeside(held, modelsOf(scope, mappings), model)),
      ),
    },
  };
}

/**
 * The routes that the scopes of a token open together, those of administrators aside; `null` does not restrict, an empty
 * list allows none.
 */
export function routesOfScopes(
  principal: Pick<Principal, 'kind' | 'key' | 'scopes'>,
  policy: Pick<ScopePolicy, 'scopeMappings'>,
): readonly string[] | null {
  const mappings = scopeMappingsFor(principal, policy);
  if (mappings === null || mappings.every(({ routes }) => routes === null)) return null;
  return mappings
    .filter(({ scope }) => principal.scopes.includes(scope))
    .flatMap(({ routes }) => routes ?? []);
}

/**
 * Returns the models that the scopes of a token open together; `null` does not restrict, an empty list
 * allows none. As soon as any mapping lists models, only those of the token's scopes are open, for
 * administrators too (docs/reference/routes.md).
 */
export function modelsOfScopes(
  principal: Pick<Principal, 'kind' | 'key' | 'scopes'>,
  policy: Pick<ScopePolicy, 'scopeMappings'>,
): readonly string[] | null {
  const mappings = scopeMappingsFor(principal, policy);
  if (mappings === null || mappings.every(({ models }) => models === null)) return null;
  return mappings
    .filter(({ scope }) => principal.scopes.includes(scope))
    .flatMap(({ models }) => models ?? []);
}

/**
 * The scopes of which each would have opened a model beside what the token's own scopes open, in the order of the
 * configuration.
 * @param held the models that the token's own scopes open
 */
export function scopesThatOpen(
  held: readonly string[],
  mappings: readonly ScopeMapping[],
  model: ScopedModel,
): readonly string[] {
  const scopes = mappings.map(({ scope }) => scope);
  return hintOf(scopes.filter((scope) => opensModelBeside(held, modelsOf(scope, mappings), model)));
}

function modelsOf(scope: string, mappings: readonly ScopeMapping[]): readonly string[] {
  return mappings.filter((one) => one.scope === scope).flatMap(({ models }) => models ?? []);
}

/** Together, because one entry of either can take away what the other grants (`no-default-models`). */
function opensModelBeside(
  held: readonly string[],
  further: readonly string[],
  { name, facts }: ScopedModel,
): boolean {
  const models = [...held, ...further];
  return models.length > 0 && mayUseModel(models, name, facts);
}

function hintOf(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].slice(0, MAX_HINTS);
}
