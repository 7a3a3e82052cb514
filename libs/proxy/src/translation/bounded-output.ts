import { isJsonObject, jsonObjectOf, memberOf } from '#libs/common';

type Members = Readonly<Record<string, unknown>>;

/** Least budget of thoughts that Claude takes: https://docs.claude.com/en/docs/build-with-claude/extended-thinking. */
const LEAST_BUDGET = 1_024;

/**
 * Returns a `fetch` that sends no larger bound of output tokens than the client has asked for. The packages for Claude
 * add the budget of thoughts to the bound, while a client of OpenAI's API counts thoughts within it, and so does what
 * the gateway holds in advance.
 * @param bound of the request; `undefined` for none
 */
export function boundedOutput(
  fetch: typeof globalThis.fetch,
  bound: number | undefined,
): typeof globalThis.fetch {
  if (bound === undefined) return fetch;
  return (input, init) => {
    const sent = typeof init?.body === 'string' ? jsonObjectOf(init.body) : null;
    const bounded = sent === null ? null : withinBound(sent, bound);
    return fetch(input, bounded === null ? init : { ...init, body: JSON.stringify(bounded) });
  };
}

/** Returns `null` for a body that needs no change. */
function withinBound(sent: Members, bound: number): Members | null {
  if (exceeds(sent['max_tokens'], bound))
    return withThoughts({ ...sent, max_tokens: bound }, bound);
  const inference = sent['inferenceConfig'];
  if (!isJsonObject(inference) || !exceeds(inference['maxTokens'], bound)) return null;
  const fields = sent['additionalModelRequestFields'];
  return {
    ...sent,
    inferenceConfig: { ...inference, maxTokens: bound },
    ...(isJsonObject(fields) ? { additionalModelRequestFields: withThoughts(fields, bound) } : {}),
  };
}

/** A budget has to be smaller than the bound; where that is too little, the model does not think. */
function withThoughts(members: Members, bound: number): Members {
  const { thinking, ...others } = members;
  if (!exceeds(memberOf(thinking, 'budget_tokens'), bound - 1)) return members;
  if (bound <= LEAST_BUDGET) return others;
  return { ...members, thinking: { ...(thinking as Members), budget_tokens: bound - 1 } };
}

function exceeds(value: unknown, bound: number): boolean {
  return typeof value === 'number' && value > bound;
}
