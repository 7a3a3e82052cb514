import { formatUsd, picoUsdOf, sumOf } from '#libs/common';
import type { PricedUnit } from '#libs/config';
import {
  breakdownOf,
  CACHED_UNITS,
  INPUT_UNITS,
  OUTPUT_UNITS,
  type CostBasis,
  type CostBreakdown,
} from '#libs/spend';
import type { Settlement } from '../settlement/attempt-accounting.js';

type Header = readonly [name: string, value: string];

const NAME = 'x-litellm-response-cost';
const OF_TOKENS: ReadonlySet<PricedUnit> = new Set([...INPUT_UNITS, ...OUTPUT_UNITS]);

/** Parts of a cost before discount and margin, by the ends of LiteLLM's names. Those of caches are in that of the input, too. */
const PARTS: readonly (readonly [name: string, isPart: (unit: PricedUnit) => boolean])[] = [
  ['input', (unit) => INPUT_UNITS.includes(unit)],
  ['output', (unit) => OUTPUT_UNITS.includes(unit)],
  ['cache-read', (unit) => CACHED_UNITS.includes(unit)],
  ['cache-creation', (unit) => unit === 'cacheWrite' || unit === 'cacheWriteHour'],
  ['reasoning', (unit) => unit === 'reasoning' || unit === 'reasoningApart'],
  ['tool-usage', (unit) => !OF_TOKENS.has(unit)],
];

/** Returns what a response says about its cost, in US dollars by LiteLLM's names: the whole, and the parts that there are. */
export function costHeaders({
  costPico,
  usage,
  basis,
}: Pick<Settlement, 'costPico' | 'usage' | 'basis'>): readonly Header[] {
  const cost: Header = [NAME, formatUsd(costPico)];
  if (usage === null || basis === null) return [cost];
  const breakdown = breakdownOf(usage, basis);
  return [cost, ...partHeaders(breakdown), ...adjustmentHeaders(breakdown, basis)];
}

function partHeaders({ parts }: CostBreakdown): readonly Header[] {
  return PARTS.flatMap(([name, isPart]): Header[] => {
    const [first, ...others] = parts.filter(({ unit }) => isPart(unit)).map(({ usd }) => usd);
    if (first === undefined) return [];
    return [[`${NAME}-${name}`, formatUsd(picoUsdOf(others.reduce(sumOf, first)))]];
  });
}

/** What a discount and a margin have changed. */
function adjustmentHeaders(
  { original, discount, margin }: CostBreakdown,
  { discount: off, margin: share, fixedUsd }: CostBasis,
): readonly Header[] {
  const hasMargin = share !== undefined || fixedUsd !== undefined;
  if (off === undefined && !hasMargin) return [];
  const headers: Header[] = [[`${NAME}-original`, formatUsd(picoUsdOf(original))]];
  if (off !== undefined) headers.push([`${NAME}-discount-amount`, formatUsd(picoUsdOf(discount))]);
  if (hasMargin) headers.push([`${NAME}-margin-amount`, formatUsd(picoUsdOf(margin))]);
  if (share !== undefined) headers.push([`${NAME}-margin-percent`, share]);
  return headers;
}
