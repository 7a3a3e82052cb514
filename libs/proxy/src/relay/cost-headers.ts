import { formatUsd, picoUsdOf } from '#libs/common';
import { breakdownOf } from '#libs/spend';
import type { Settlement } from './attempt-accounting.js';

type Header = readonly [name: string, value: string];

/** Returns what a response says about its cost, in US dollars by LiteLLM's names: with a discount or a margin, the parts of it, too. */
export function costHeaders({
  costPico,
  usage,
  basis,
}: Pick<Settlement, 'costPico' | 'usage' | 'basis'>): readonly Header[] {
  const cost: Header = ['x-litellm-response-cost', formatUsd(costPico)];
  if (usage === null || basis === null) return [cost];
  const { discount: off, margin: share, fixedUsd } = basis;
  const hasMargin = share !== undefined || fixedUsd !== undefined;
  if (off === undefined && !hasMargin) return [cost];
  const { original, discount, margin } = breakdownOf(usage, basis);
  const headers: Header[] = [
    cost,
    ['x-litellm-response-cost-original', formatUsd(picoUsdOf(original))],
  ];
  if (off !== undefined)
    headers.push(['x-litellm-response-cost-discount-amount', formatUsd(picoUsdOf(discount))]);
  if (hasMargin)
    headers.push(['x-litellm-response-cost-margin-amount', formatUsd(picoUsdOf(margin))]);
  if (share !== undefined) headers.push(['x-litellm-response-cost-margin-percent', share]);
  return headers;
}
