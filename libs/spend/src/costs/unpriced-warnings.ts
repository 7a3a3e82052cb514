import { SystemClock } from '#libs/common';
import type { ConfigWarning, ModelPrices, Settings } from '#libs/config';
import { PriceBook } from './price-book.js';
import { PRICED_UNITS } from './usage-units.js';

const MAX_NAMED = 20;

/**
 * Returns one warning that names the model groups with a deployment whose price is not known: their calls cost nothing in the
 * books, so that no budget but one of 0 refuses them. None where the configuration refuses such calls.
 */
export function unpricedWarnings({
  deployments,
  spend,
  budgets,
}: Pick<Settings, 'deployments' | 'spend' | 'budgets'>): readonly ConfigWarning[] {
  if (spend.unpricedModels === 'deny' || budgets.unpricedModels === 'deny') return [];
  const prices = new PriceBook(new SystemClock());
  const unpriced = deployments.filter((deployment) => !hasPrice(prices.find(deployment)));
  const groups = [...new Set(unpriced.map(({ modelGroup }) => modelGroup))];
  if (groups.length === 0) return [];
  const rest = groups.length - MAX_NAMED;
  const names =
    groups.slice(0, MAX_NAMED).join(', ') + (rest > 0 ? ` and ${String(rest)} more` : '');
  return [
    {
      path: 'model_list',
      message: `has deployments without a known price: ${names}. Their calls are booked with 0 and pass every budget that is not 0; give them input_cost_per_token and output_cost_per_token (0 is free), or set gatehouse.budgets.unpriced_models to deny`,
    },
  ];
}

/** A price for each request alone does not say what its tokens cost. */
function hasPrice(prices: ModelPrices | null): boolean {
  return (
    prices !== null && PRICED_UNITS.some((unit) => unit !== 'request' && prices[unit] !== undefined)
  );
}
