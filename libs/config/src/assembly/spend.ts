import type { Settings } from '../model/settings.js';
import type { Sources } from './sources.js';

/** Returns how spend is recorded. */
export function spendSettingsOf({ root }: Sources): Settings['spend'] {
  const { spend, budgets } = root.gatehouse;
  return {
    durability: spend.durability,
    clientAbort: spend.client_abort,
    drainLimitSeconds: spend.drain_limit_seconds,
    unpricedModels: spend.unpriced_models,
    defaultReservationUsd: budgets.default_reservation_usd,
  };
}
