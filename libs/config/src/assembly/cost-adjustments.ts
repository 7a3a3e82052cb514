import type { ExactDecimal } from '#libs/common';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { PriceAdjustment } from '../model/prices.js';
import type { DeploymentSettings } from '../model/settings.js';
import type { WrittenMargin } from '../schema/cost-adjustments.config.js';
import type { RootValue } from '../schema/root.config.js';

/** The name that stands for every provider without a margin of its own. */
const GLOBAL = 'global';
const NONE: ExactDecimal = { coefficient: 0n, scale: 0 };

/** Discounts and margins of `litellm_settings`. */
type Adjustments = Pick<
  RootValue['litellm_settings'],
  'cost_discount_config' | 'cost_margin_config'
>;

/** Returns what finds the discount and margin of a provider; `null` where it has neither. */
export function adjustmentsOf({
  cost_discount_config: discounts,
  cost_margin_config: margins,
}: Adjustments): (provider: string) => PriceAdjustment | null {
  const found = new Map<string, PriceAdjustment | null>();
  return (provider) => {
    let adjustment = found.get(provider);
    if (adjustment === undefined) {
      adjustment = adjustmentOf(
        own(discounts.family, provider),
        own(margins.family, provider) ?? own(margins.family, GLOBAL),
      );
      found.set(provider, adjustment);
    }
    return adjustment;
  };
}

/** Warns of names that no deployment has as its provider: a misspelt one would change no cost in silence. */
export function warnOfUnusedAdjustments(
  { cost_discount_config: discounts, cost_margin_config: margins }: Adjustments,
  deployments: readonly Pick<DeploymentSettings, 'provider'>[],
  place: ConfigPath,
): void {
  const providers = new Set(deployments.map(({ provider }) => provider));
  const warn = (key: string, names: readonly string[]): void => {
    for (const name of names)
      if (!providers.has(name)) place.at(key).at(name).warn('is the provider of no deployment');
  };
  warn('cost_discount_config', Object.keys(discounts.family));
  warn(
    'cost_margin_config',
    Object.keys(margins.family).filter((name) => name !== GLOBAL),
  );
}

function adjustmentOf(
  discount: ExactDecimal | undefined,
  margin: WrittenMargin | undefined,
): PriceAdjustment | null {
  if (discount === undefined && margin === undefined) return null;
  return {
    discount: discount ?? NONE,
    margin: margin?.percentage ?? NONE,
    fixedUsd: margin?.fixed_amount ?? NONE,
  };
}

function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
