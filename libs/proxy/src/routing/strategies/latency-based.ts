import { chooseLowest } from './chance.js';
import type { RoutingStrategy } from './routing-strategy.js';

/**
 * The deployment with the lowest latency, or one that is slower by at most the buffer, all of them equally likely. One of which
 * nothing was measured lately comes first, so that it is measured.
 */
export const latencyBased: RoutingStrategy = (candidates, facts) => {
  const { latencyMs, latencyBuffer, random } = facts;
  const measured = candidates.map((one) => latencyMs(one) ?? 0);
  const bound = Math.min(...measured) * (1 + latencyBuffer);
  const fast = candidates.filter((_one, index) => (measured[index] ?? 0) <= bound);
  return chooseLowest(fast, () => 0, random());
};
