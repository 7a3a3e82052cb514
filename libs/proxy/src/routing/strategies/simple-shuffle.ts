import { chooseWeighted } from './chance.js';
import type { RoutingStrategy } from './routing-strategy.js';

/** Chance, with the shares of `weight`, else `rpm`, else `tpm`, else equal ones. */
export const simpleShuffle: RoutingStrategy = (candidates, { random }) =>
  chooseWeighted(candidates, random());
