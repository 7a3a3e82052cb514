/** Members of organisation requests that LiteLLM knows and this version does not enforce, besides limits and budgets. */
export const ORGANIZATION_NOT_ENFORCED = [
  'object_permission',
  'guardrails',
  'policies',
  'tags',
  'router_settings',
] as const;
