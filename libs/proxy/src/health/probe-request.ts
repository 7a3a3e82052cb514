import type { DeploymentSettings } from '#libs/config';
import { offers } from '../dialects/dialect-table.js';
import { endpointOf } from '../endpoints/index.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import { modeOf } from '../models/model-mode.js';

/** A call that shows whether a deployment works. */
export interface ProbeRequest {
  readonly operation: Operation;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Returns a body without its `model`. */
type Body = (deployment: DeploymentSettings) => Readonly<Record<string, unknown>>;

/** Where reasoning models refuse `max_tokens`, which other servers may be the only ones to know. */
const OPENAI = 'https://api.openai.com/';

const PROMPT = 'Say ok.';
const MESSAGES = [{ role: 'user', content: PROMPT }];
/** OpenAI takes no fewer. */
const LEAST_RESPONSE_TOKENS = 16;

/** A call of a deployment that speaks the form of its operation. */
type Call = readonly [route: string, body: Body];

/**
 * The least calls of each mode, of which the first counts that the deployment can answer. Modes that make pictures, sound or film
 * are not called: one call costs too much.
 */
const CALLS = new Map<string, readonly Call[]>(
  Object.entries({
    chat: [
      ['/v1/messages', (one) => ({ messages: MESSAGES, max_tokens: one.healthCheck.maxTokens })],
      ['/chat/completions', (one) => ({ messages: MESSAGES, ...limitOf(one) })],
    ],
    completion: [
      ['/completions', (one) => ({ prompt: PROMPT, max_tokens: one.healthCheck.maxTokens })],
    ],
    responses: [
      [
        '/responses',
        ({ healthCheck }) => ({
          input: PROMPT,
          max_output_tokens: Math.max(LEAST_RESPONSE_TOKENS, healthCheck.maxTokens),
          store: false,
        }),
      ],
    ],
    embedding: [['/embeddings', () => ({ input: PROMPT })]],
    moderation: [['/moderations', () => ({ input: PROMPT })]],
    rerank: [['/rerank', () => ({ query: PROMPT, documents: [PROMPT], top_n: 1 })]],
  }),
);

/**
 * Returns the call by which the health of a deployment is checked, without its `model`.
 * @returns why it is not checked, as the end of a sentence about the deployment, where there is none
 */
export function probeRequestOf(deployment: DeploymentSettings): ProbeRequest | string {
  const { upstreamModel, healthCheck } = deployment;
  if (upstreamModel.includes('*') && healthCheck.model === null)
    return 'serves several models, and model_info.health_check_model names none of them';
  const mode = modeOf(deployment);
  for (const [route, body] of CALLS.get(mode) ?? []) {
    const operation = endpointOf(route);
    if (operation !== null && offers(deployment, operation))
      return { operation, body: body(deployment) };
  }
  return `has the mode ${mode}, which is not checked there`;
}

function limitOf({ provider, apiBase, healthCheck: { maxTokens } }: DeploymentSettings) {
  return provider === 'azure' || apiBase.startsWith(OPENAI)
    ? { max_completion_tokens: maxTokens }
    : { max_tokens: maxTokens };
}
