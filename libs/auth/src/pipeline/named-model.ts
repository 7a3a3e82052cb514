import { isModelRoute } from '#libs/access';
import type { AccessDecision } from '../call/access-decision.js';

/**
 * The model that a call names, `null` where it names none or its body has not been read yet. The path's wins over the
 * body's, as the relay has it; elsewhere than on routes that call models, `model` is just a member. What is no name at
 * all is left to the tenancy step, which refuses it.
 */
export function namedModel({ route, body }: Pick<AccessDecision, 'route' | 'body'>): string | null {
  if (route === null) return null;
  if (route.model !== null) return route.model;
  const model = isModelRoute(route) ? body?.value('model') : undefined;
  return typeof model === 'string' && model !== '' ? model : null;
}
