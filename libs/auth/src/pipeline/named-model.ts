import { isModelRoute } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { AccessDecision } from '../call/access-decision.js';

/**
 * Returns the model that a call names, `null` when it names none or its body has not been read yet. A
 * model in the path wins over the body's, as in the relay. The member `model` counts only on routes
 * that call models. A value that is not a non-empty string yields `null`; the tenancy step refuses it.
 */
export function namedModel({ route, body }: Pick<AccessDecision, 'route' | 'body'>): string | null {
  if (route === null) return null;
  if (route.model !== null) return route.model;
  const model = isModelRoute(route) ? body?.value('model') : undefined;
  return typeof model === 'string' && model !== '' ? model : null;
}

/**
 * Refuses a call whose body gives another `model` than a non-empty string.
 * @throws GatehouseError `request_invalid`
 */
export function requireModelName({ route, body }: Pick<AccessDecision, 'route' | 'body'>): void {
  if (route?.model !== null || !isModelRoute(route)) return;
  const model = body?.value('model');
  if (model === undefined || (typeof model === 'string' && model !== '')) return;
  throw new GatehouseError('request_invalid', {
    param: 'model',
    message: 'The member "model" must be the name of one model.',
  });
}
