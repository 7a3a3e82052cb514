import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import {
  batchPricesOf,
  billedPrices,
  reservationRangeOf,
  type Billing,
  type PriceBook,
  type Reservation,
} from '#libs/spend';
import { sizeBounds } from '../endpoints/request/size-facts.js';
import type { LineSize } from '../endpoints/objects/batch-input.js';

/** Where a batch is to run. */
export interface BatchPlace {
  readonly deployment: DeploymentSettings;
  /** How the operation of its requests is billed. */
  readonly billing: Billing;
  readonly settings: Pick<Settings, 'spend'>;
}

const LINES_PER_TURN = 500;

/** Returns what has to be held for a batch: what would be held for each of its requests, at the prices of batches. */
export async function batchReservation(
  lines: readonly LineSize[],
  { deployment, billing, settings }: BatchPlace,
  priceBook: Pick<PriceBook, 'find' | 'contextTokens'>,
): Promise<Reservation> {
  const standard = billedPrices(priceBook.find(deployment), billing);
  const prices = standard === null ? null : batchPricesOf(standard);
  const { defaultReservationUsd } = settings.spend;
  let mostPico: PicoUsd = 0n;
  let leastPico: PicoUsd = 0n;
  for (const [index, line] of lines.entries()) {
    const bounds = sizeBounds(line, { deployment, priceBook });
    const terms = { prices, serviceTier: null, defaultReservationUsd };
    const range = reservationRangeOf({ ...bounds, ...terms });
    mostPico += range.mostPico;
    leastPico += range.leastPico;
    if (index % LINES_PER_TURN === LINES_PER_TURN - 1) await nextTurn();
  }
  return { mostPico, leastPico };
}
