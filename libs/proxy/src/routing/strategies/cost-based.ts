import { chooseLowest } from './chance.js';
import type { RoutingStrategy } from './routing-strategy.js';

/** The deployment at which the call costs least; those without a known price only where there is none with one. */
export const costBased: RoutingStrategy = (candidates, { costPico, random }) =>
  chooseLowest(candidates, (one) => costPico(one) ?? Infinity, random());
