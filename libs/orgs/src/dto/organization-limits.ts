/** Members of organisation requests that LiteLLM knows and this version does not enforce, besides limits and budgets. */
export const ORGANIZATION_NOT_ENFORCED = [
  'budget_reset_at',
  'object_permission',
  'guardrails',
  'policies',
  'tags',
  'router_settings',
  'spend',
] as const;
