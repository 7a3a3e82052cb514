import type { ExactDecimal } from '#libs/common';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { DeploymentSettings } from '../model/settings.js';
import type { RootValue } from '../schema/root.config.js';

/** Budgets by the name of a provider, as the file has them. */
export type WrittenBudgets = NonNullable<RootValue['router_settings']['provider_budget_config']>;

/** A budget of a provider. */
interface ProviderBudget {
  readonly amount: ExactDecimal | null;
  readonly duration: string | null;
}

const KEY = 'router_settings.provider_budget_config';

/** Returns the budget of a provider. Refuses one without an amount or a duration, and one that has both names of either. */
export function writtenBudget(
  budgets: WrittenBudgets,
  provider: string,
  findings: ConfigDiagnostics,
): ProviderBudget {
  const budget = budgets[provider];
  const place = new ConfigPath(KEY, findings).at(provider);
  const either = <T>(
    name: 'budget_limit' | 'time_period',
    other: 'max_budget' | 'budget_duration',
    [value, otherValue]: readonly (T | null | undefined)[],
  ): T | null => {
    const one = value ?? null;
    const two = otherValue ?? null;
    if (one === null && two === null) place.at(name).refuse('is missing', `Write it, or ${other}.`);
    if (one !== null && two !== null)
      place.at(other).refuse(`is the same as ${name}`, 'Write one of them.');
    return one ?? two;
  };
  return {
    amount: either('budget_limit', 'max_budget', [budget?.budget_limit, budget?.max_budget]),
    duration: either('time_period', 'budget_duration', [
      budget?.time_period,
      budget?.budget_duration,
    ]),
  };
}

/** Warns of names that no deployment has as its provider: a misspelt one would limit nothing in silence. */
export function warnOfUnusedBudgets(
  budgets: WrittenBudgets,
  deployments: readonly Pick<DeploymentSettings, 'provider'>[],
  findings: ConfigDiagnostics,
): void {
  const providers = new Set(deployments.map(({ provider }) => provider));
  for (const name of Object.keys(budgets))
    if (!providers.has(name))
      new ConfigPath(KEY, findings).at(name).warn('is the provider of no deployment');
}
