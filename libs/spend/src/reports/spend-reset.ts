import { AMOUNT_RULE, HasNoFault, usdTextOf, type Limits } from '#libs/access';
import { GatehouseError, parseUsd, usdNumber, type PicoUsd } from '#libs/common';
import { ApiProperty } from '@nestjs/swagger';

/** Body of the routes that reset spend. */
export class ResetSpendRequest {
  @ApiProperty({
    type: Number,
    minimum: 0,
    example: 0,
    description:
      'US dollars that count as spent from now on; at most what was spent, and at most `max_budget`.',
  })
  @HasNoFault((value, path) => (usdTextOf(value) === null ? `${path} ${AMOUNT_RULE}` : null))
  reset_to!: number | string;
}

/** What the routes that reset spend answer about any row. */
export abstract class ResetSpendResponse {
  @ApiProperty({ type: Number, description: 'US dollars that count as spent now.' })
  spend!: number;

  @ApiProperty({ type: Number, description: 'US dollars that counted as spent before.' })
  previous_spend!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'US dollars.' })
  max_budget!: number | null;
}

/** A reset that may be made. */
export interface SpendReset {
  /** US dollars as a decimal string. */
  readonly spent: string;
  readonly previousPico: PicoUsd;
}

/**
 * Returns the reset that a request asks for.
 * @param previousPico what counts as spent in the present window
 * @param limits of the row, completed by the budget that they name
 * @throws GatehouseError `request_invalid` for more than was spent, or more than the budget
 */
export function spendResetOf(
  request: ResetSpendRequest,
  previousPico: PicoUsd,
  limits: Limits,
): SpendReset {
  const spent = usdTextOf(request.reset_to) ?? '0';
  const budget = limits.hasMainBudget === true ? limits.budgets?.[0]?.maxBudget : undefined;
  if (parseUsd(spent) > previousPico) throw tooMuch('what was spent');
  if (budget !== undefined && parseUsd(spent) > parseUsd(budget)) throw tooMuch('max_budget');
  return { spent, previousPico };
}

/** Returns the amounts of a reset in wire form. */
export function toResetAmounts({
  spent,
  previousPico,
}: SpendReset): Pick<ResetSpendResponse, 'spend' | 'previous_spend'> {
  return { spend: usdNumber(parseUsd(spent)), previous_spend: usdNumber(previousPico) };
}

function tooMuch(bound: string): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `reset_to must be at most ${bound}.`,
    param: 'reset_to',
  });
}
