import { changedLimits, usdTextOf, type Limits, type NamedLimits } from '#libs/access';
import { formatUsd, picoUsdOf, type ExactDecimal } from '#libs/common';
import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { Settings } from '../model/settings.js';
import { DEFAULT_TEAM } from '../schema/budgets.config.js';
import type { RootValue } from '../schema/root.config.js';
import { settingPlace } from '../schema/setting-path.js';
import { writtenBudget, type WrittenBudgets } from './provider-budgets.js';
import type { Sources } from './sources.js';

type NewLimits = RootValue['litellm_settings']['default_internal_user_params'];

/** Windows of configured budgets that follow no calendar begin with it, so that every replica has the same. */
const EPOCH = new Date(0);

/** Returns the budgets that the file names, and how budgets are kept. */
export function budgetSettingsOf({ root, findings }: Sources): Settings['budgets'] {
  const { litellm_settings: library, router_settings: router, gatehouse } = root;
  const { global_max_parallel_requests: maxParallelRequests } = root.general_settings;
  const hasCap = library.max_budget !== null && library.max_budget.coefficient > 0n;
  warnOfUnused(library, hasCap, findings);
  return {
    unpricedModels: gatehouse.budgets.unpriced_models,
    leaseSeconds: gatehouse.budgets.lease_seconds,
    clampOutput: gatehouse.budgets.clamp_output,
    calendar: { zone: library.timezone, resetTime: library.budget_reset_time },
    exceededStatus: STATUSES[library.budget_exceeded_status_code],
    gateway: {
      ...(hasCap ? capOf(library.max_budget, library.budget_duration) : {}),
      ...(maxParallelRequests !== null && { maxParallelRequests }),
    },
    providers: providersOf(router.provider_budget_config ?? {}, findings),
    newUsers: newLimitsOf({
      ...library.default_internal_user_params,
      max_budget:
        library.default_internal_user_params.max_budget ?? library.max_internal_user_budget,
      budget_duration:
        library.default_internal_user_params.budget_duration ??
        library.internal_user_budget_duration,
    }),
    newOrganizations: newLimitsOf(gatehouse.budgets.default_organization_params),
    newTeams: newLimitsOf(newTeamOf(library), newMembersOf(library.default_team_params)),
    endUsers:
      library.max_end_user_budget_id === null
        ? capOf(library.max_end_user_budget, null)
        : limitsOf({ budgetId: library.max_end_user_budget_id }),
  };
}

function warnOfUnused(
  library: RootValue['litellm_settings'],
  hasCap: boolean,
  findings: ConfigDiagnostics,
): void {
  if (!hasCap && library.budget_duration !== null)
    settingPlace('litellm_settings.budget_duration', findings).warn(
      'has no effect, because max_budget is not set, or is 0: the gateway has no budget',
    );
  if (library.max_end_user_budget_id !== null && library.max_end_user_budget !== null)
    settingPlace('litellm_settings.max_end_user_budget', findings).warn(
      'has no effect beside max_end_user_budget_id',
    );
}

const STATUSES = { '422': 422, '429': 429, '402': 402, '400': 400 } as const;

function newLimitsOf(keys: NewLimits, members?: NamedLimits): Limits {
  return limitsOf({
    ...(members && { members }),
    maxBudget: usdOf(keys.max_budget),
    softBudget: usdOf(keys.soft_budget),
    duration: keys.budget_duration,
    tokensPerMinute: keys.tpm_limit,
    requestsPerMinute: keys.rpm_limit,
    maxParallelRequests: keys.max_parallel_requests,
  });
}

/** `default_team_params`, completed by the entry of `default_team_settings` for new teams. */
function newTeamOf({
  default_team_params: params,
  default_team_settings: settings,
}: RootValue['litellm_settings']): NewLimits {
  const entry = settings?.find(({ team_id: id }) => id === DEFAULT_TEAM) ?? params;
  return {
    max_budget: params.max_budget ?? entry.max_budget,
    soft_budget: params.soft_budget ?? entry.soft_budget,
    budget_duration: params.budget_duration ?? entry.budget_duration,
    tpm_limit: params.tpm_limit ?? entry.tpm_limit,
    rpm_limit: params.rpm_limit ?? entry.rpm_limit,
    max_parallel_requests: params.max_parallel_requests ?? entry.max_parallel_requests,
  };
}

function newMembersOf(params: RootValue['litellm_settings']['default_team_params']): NamedLimits {
  return {
    maxBudget: usdOf(params.team_member_budget),
    duration: params.team_member_budget_duration,
    requestsPerMinute: params.team_member_rpm_limit,
    tokensPerMinute: params.team_member_tpm_limit,
  };
}

function providersOf(
  written: WrittenBudgets,
  findings: ConfigDiagnostics,
): Settings['budgets']['providers'] {
  const found: Record<string, Limits> = {};
  for (const provider of Object.keys(written)) {
    const { amount, duration } = writtenBudget(written, provider, findings);
    const unpricedModels = written[provider]?.unpriced_models ?? null;
    found[provider] = limitsOf({ maxBudget: usdOf(amount), duration, unpricedModels });
  }
  return found;
}

function capOf(amount: ExactDecimal | null, duration: string | null): Limits {
  return limitsOf({ maxBudget: usdOf(amount), duration });
}

function limitsOf(named: NamedLimits): Limits {
  return changedLimits({}, named, EPOCH);
}

/** Returns an amount of the file in the form of limits. */
export function usdOf(amount: ExactDecimal | null): string | null {
  return amount === null ? null : usdTextOf(formatUsd(picoUsdOf(amount)));
}
