import { usdTextOf, type NamedLimits } from '#libs/access';

/** The limits of a member as requests name them. */
interface MemberLimits {
  readonly max_budget: number | string | null | undefined;
  readonly budget_duration: string | null | undefined;
  readonly rpm_limit: number | null | undefined;
  readonly tpm_limit: number | null | undefined;
  readonly unpriced_models: NamedLimits['unpricedModels'] | undefined;
}

/** Returns the limits that are named; absent members are left out. */
export function namedMemberLimitsOf(limits: MemberLimits): NamedLimits {
  const { max_budget: budget, budget_duration: duration, rpm_limit: rpm, tpm_limit: tpm } = limits;
  const { unpriced_models: unpriced } = limits;
  return {
    ...(budget !== undefined && { maxBudget: budget === null ? null : usdTextOf(budget) }),
    ...(duration !== undefined && { duration }),
    ...(rpm !== undefined && { requestsPerMinute: rpm }),
    ...(tpm !== undefined && { tokensPerMinute: tpm }),
    ...(unpriced !== undefined && { unpricedModels: unpriced }),
  };
}
