import { chooseLowest } from './chance.js';
import type { RoutingStrategy } from './routing-strategy.js';

/** The deployment with the fewest tokens of the last minute. Those beyond their `tpm` or `rpm` are passed over by the limits. */
export const usageBased: RoutingStrategy = (candidates, { tokensInMinute, random }) =>
  chooseLowest(candidates, tokensInMinute, random());
