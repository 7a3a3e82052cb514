import type { RoutingStrategyName } from '#libs/config';
import { costBased } from './cost-based.js';
import { latencyBased } from './latency-based.js';
import { leastBusy } from './least-busy.js';
import type { RoutingStrategy } from './routing-strategy.js';
import { simpleShuffle } from './simple-shuffle.js';
import { usageBased } from './usage-based.js';

/** The strategies by their names in `router_settings.routing_strategy`. */
export const STRATEGIES: Readonly<Record<RoutingStrategyName, RoutingStrategy>> = {
  'simple-shuffle': simpleShuffle,
  'least-busy': leastBusy,
  'usage-based-routing': usageBased,
  'usage-based-routing-v2': usageBased,
  'latency-based-routing': latencyBased,
  'cost-based-routing': costBased,
};
