import type { DecisionTrace } from '#libs/access';
import type { GatehouseError } from '#libs/common';
import type { ModelGroup } from '../routing/model-registry.js';

const FALLBACKS = 'router_settings.fallbacks';
const STRATEGY = 'router_settings.routing_strategy';
const ALIASES = 'router_settings.model_group_alias';

/** Records which model serves a name that is not its own. */
export function noteName(
  trace: DecisionTrace | undefined,
  asked: string,
  { name, key, grantedAs }: ModelGroup,
): void {
  if (key !== name && grantedAs === name)
    trace?.passed('relay', `the name is the id of a deployment of the model ${name}`);
  else if (asked !== name) trace?.passed('relay', `the model ${name} serves this name`, ALIASES);
}

/** Records that a call goes to another model. */
export function noteFallback(trace: DecisionTrace | undefined, model: string): void {
  trace?.passed('relay', `the call falls back to the model ${model}`, FALLBACKS);
}

/** Records why nothing is tried for a model. */
export function notePassedOver(
  trace: DecisionTrace | undefined,
  model: string,
  { code }: GatehouseError,
): void {
  trace?.passed('relay', `the model ${model} is passed over: ${code}`, FALLBACKS);
}

/** Records the models that would be tried after a failure. */
export function noteFallbacks(trace: DecisionTrace, models: readonly string[]): void {
  if (models.length > 0)
    trace.passed(
      'relay',
      `models that serve the call after a failure: ${models.join(', ')}`,
      FALLBACKS,
    );
}

/**
 * Records the strategy of a model that has several deployments, and those that are left out.
 * @param leftOut a phrase for each that is left out
 */
export function noteStrategy(
  trace: DecisionTrace | undefined,
  strategy: string,
  { deployments }: ModelGroup,
  leftOut: readonly string[],
): void {
  if (leftOut.length > 0) noteLeftOut(trace, strategy, leftOut);
  else if (deployments.length > 1)
    trace?.passed(
      'relay',
      `${strategy} among ${deployments.map(({ id }) => id).join(', ')}`,
      STRATEGY,
    );
}

/** Records the deployments that a call has not been served by. */
export function noteLeftOut(
  trace: DecisionTrace | undefined,
  strategy: string,
  leftOut: readonly string[],
): void {
  if (leftOut.length > 0) trace?.passed('relay', `${strategy}: ${leftOut.join(', ')}`, STRATEGY);
}
