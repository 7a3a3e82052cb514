import type { SettingPath } from './setting-path.js';
import type { Settings } from '../model/settings.js';

/** A budget of `POST /budget/new` that a key of the configuration names. */
export interface ConfiguredBudget {
  readonly setting: SettingPath;
  readonly budgetId: string;
}

/** The setting whose budget limits end users who have no limits of their own. */
export const END_USER_BUDGET = 'litellm_settings.max_end_user_budget_id' satisfies SettingPath;

/** The setting whose budget new keys have. */
export const NEW_KEY_BUDGET =
  'litellm_settings.default_key_generate_params.budget_id' satisfies SettingPath;

/** Returns every budget that the configuration names, with the key that names it. */
export function configuredBudgetsOf({
  budgets,
  keys,
}: Pick<Settings, 'budgets' | 'keys'>): readonly ConfiguredBudget[] {
  const named: readonly (readonly [SettingPath, string | null | undefined])[] = [
    [END_USER_BUDGET, budgets.endUsers.budgetId],
    [NEW_KEY_BUDGET, keys.defaults.budgetId],
  ];
  return named.flatMap(([setting, budgetId]) =>
    typeof budgetId === 'string' ? [{ setting, budgetId }] : [],
  );
}
