import { refusalFactsOf, type RefusalFacts } from './refusal-facts.js';

/** A form in which a vendor refuses the content of a request with 403. */
export interface RefusalForm {
  readonly vendor: string;
  readonly source: string;
  readonly matches: (facts: RefusalFacts) => boolean;
}

/**
 * Codes of content filters: OpenAI and OpenRouter (`content_policy_violation`), Azure OpenAI and Moonshot
 * (`content_filter`), Azure's inner error, and Alibaba (`data_inspection_failed`). Their own status is mostly 400;
 * gateways in front of them make it 403.
 */
const CONTENT_CODES: ReadonlySet<unknown> = new Set([
  'content_filter',
  'content_policy_violation',
  'data_inspection_failed',
  'DataInspectionFailed',
  'ResponsibleAIPolicyViolation',
]);

/**
 * Texts are matched from their start or as a whole: the rest may quote the request. A spending limit, a missing
 * permission and an unsupported country concern the gateway's account, and match none of these forms.
 */
export const CONTENT_REFUSALS: readonly RefusalForm[] = [
  {
    vendor: 'content filter codes',
    source: 'https://openrouter.ai/docs/api/reference/errors-and-debugging',
    matches: ({ codes }) => codes.some((code) => CONTENT_CODES.has(code)),
  },
  {
    vendor: 'OpenRouter, moderation',
    source: 'https://openrouter.ai/docs/api/reference/errors-and-debugging',
    matches: ({ reasons }) => Array.isArray(reasons),
  },
  {
    vendor: 'OpenRouter, guardrail',
    source: 'https://openrouter.ai/docs/guides/features/guardrails/prompt-injection',
    matches: ({ message }) => message.startsWith('Request blocked: prompt injection'),
  },
  {
    vendor: 'xAI',
    source: 'https://github.com/UKGovernmentBEIS/inspect_ai/pull/2267',
    matches: ({ message }) => message.startsWith('Content violates usage guidelines'),
  },
  {
    vendor: 'Azure API Management',
    source: 'https://learn.microsoft.com/azure/api-management/llm-content-safety-policy',
    matches: ({ message }) => /^Request failed content safety check\.?$/.test(message),
  },
  {
    // Not the content but its length: "403: input token count + max_tokens must be less than the context length".
    vendor: 'Together AI',
    source: 'https://docs.together.ai/docs/error-codes',
    matches: ({ codes, message }) =>
      codes.includes('invalid_request_error') && /\bmax_(?:new_)?tokens\b/.test(message),
  },
];

/**
 * Returns true when the body of a 403 refuses the content of the request, in one of the forms that vendors document.
 * @param body decoded bytes of the response
 */
export function isContentRefusal(body: Buffer): boolean {
  const facts = refusalFactsOf(body);
  return facts !== null && CONTENT_REFUSALS.some(({ matches }) => matches(facts));
}
