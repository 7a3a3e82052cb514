import { chooseLowest } from './chance.js';
import type { RoutingStrategy } from './routing-strategy.js';

/** The deployment with the fewest running attempts. */
export const leastBusy: RoutingStrategy = (candidates, { inFlight, random }) =>
  chooseLowest(candidates, inFlight, random());
