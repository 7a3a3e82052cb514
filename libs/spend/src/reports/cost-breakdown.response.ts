import { ApiProperty } from '@nestjs/swagger';
import { formatDecimal, picoUsdOf, sumOf, usdNumber, type ExactDecimal } from '#libs/common';
import type { PricedUnit } from '#libs/config';
import { breakdownOf, type CostBasis, type CostBreakdown } from '../costs/cost-breakdown.js';
import type { UsageDetails } from '../costs/token-usage.js';
import { INPUT_UNITS, OUTPUT_UNITS } from '../costs/usage-units.js';

/** One part of a cost, exactly. */
class CostPartResponse {
  @ApiProperty({ type: String, description: 'What was counted, for example cachedInput.' })
  unit!: string;

  @ApiProperty({ type: Number })
  count!: number;

  @ApiProperty({ type: String, description: 'US dollars for one.' })
  unit_cost!: string;

  @ApiProperty({ type: String, description: 'US dollars, not rounded.' })
  cost!: string;
}

/** The parts of the cost of a request, with the names of LiteLLM. Numbers are US dollars. */
export class CostBreakdownResponse {
  @ApiProperty({ type: Number })
  input_cost!: number;

  @ApiProperty({ type: Number })
  output_cost!: number;

  @ApiProperty({ type: Number, description: 'Searches and other things than tokens.' })
  tool_usage_cost!: number;

  @ApiProperty({ type: Number, description: 'The sum of the three.' })
  original_cost!: number;

  @ApiProperty({ type: Number })
  discount_amount!: number;

  @ApiProperty({ type: Number })
  margin_total_amount!: number;

  @ApiProperty({ type: Number })
  total_cost!: number;

  @ApiProperty({ type: [CostPartResponse], description: 'The parts of all attempts.' })
  parts!: CostPartResponse[];
}

/** An attempt whose prices were recorded, as the report reads it. */
export interface PricedAttempt {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly details: UsageDetails | null;
  readonly basis: CostBasis;
}

const ZERO: ExactDecimal = { coefficient: 0n, scale: 0 };

/**
 * The parts of the cost of a request.
 * @param attempts `null` where no prices were recorded, as by an earlier version
 */
export function toCostBreakdown(
  attempts: readonly PricedAttempt[] | null,
): CostBreakdownResponse | null {
  if (attempts === null) return null;
  const breakdowns = attempts.map(({ details, basis, ...totals }) =>
    breakdownOf(details === null ? totals : { ...totals, details }, basis),
  );
  const parts = breakdowns.flatMap((breakdown) => breakdown.parts);
  const sumOver = (isCounted: (unit: PricedUnit) => boolean): number =>
    dollars(parts.filter(({ unit }) => isCounted(unit)).map(({ usd }) => usd));
  const total = (of: (breakdown: CostBreakdown) => ExactDecimal): number =>
    dollars(breakdowns.map(of));
  return {
    input_cost: sumOver((unit) => INPUT_UNITS.includes(unit)),
    output_cost: sumOver((unit) => OUTPUT_UNITS.includes(unit)),
    tool_usage_cost: sumOver((unit) => !INPUT_UNITS.includes(unit) && !OUTPUT_UNITS.includes(unit)),
    original_cost: total(({ original }) => original),
    discount_amount: total(({ discount }) => discount),
    margin_total_amount: total(({ margin }) => margin),
    total_cost: total((breakdown) => breakdown.total),
    parts: parts.map(({ unit, count, unitUsd, usd }) => ({
      unit,
      count,
      unit_cost: formatDecimal(unitUsd),
      cost: formatDecimal(usd),
    })),
  };
}

function dollars(amounts: readonly ExactDecimal[]): number {
  return usdNumber(picoUsdOf(amounts.reduce(sumOf, ZERO)));
}
