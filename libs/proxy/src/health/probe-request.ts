import type { DeploymentSettings } from '#libs/config';
import { endpointOf } from '../endpoints/index.js';
import type { Operation } from '../endpoints/endpoint.js';
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

/** The least call of each mode, by its route. Modes that make pictures, sound or film are not called: one call costs too much. */
const CALLS: ReadonlyMap<string, readonly [route: string, body: Body]> = new Map<
  string,
  readonly [string, Body]
>([
  [
    'chat',
    [
      '/chat/completions',
      (one) => ({ messages: [{ role: 'user', content: PROMPT }], ...limitOf(one) }),
    ],
  ],
  [
    'completion',
    ['/completions', ({ healthCheck }) => ({ prompt: PROMPT, max_tokens: healthCheck.maxTokens })],
  ],
  [
    'responses',
    // OpenAI takes no fewer than 16 here.
    [
      '/responses',
      ({ healthCheck }) => ({
        input: PROMPT,
        max_output_tokens: Math.max(16, healthCheck.maxTokens),
        store: false,
      }),
    ],
  ],
  ['embedding', ['/embeddings', () => ({ input: PROMPT })]],
  ['moderation', ['/moderations', () => ({ input: PROMPT })]],
  ['rerank', ['/rerank', () => ({ query: PROMPT, documents: [PROMPT], top_n: 1 })]],
]);

/**
 * Returns the call by which the health of a deployment is checked, without its `model`.
 * @returns why it is not checked, as the end of a sentence about the deployment, where there is none
 */
export function probeRequestOf(deployment: DeploymentSettings): ProbeRequest | string {
  const { upstreamModel, healthCheck } = deployment;
  if (upstreamModel.includes('*') && healthCheck.model === null)
    return 'serves several models, and model_info.health_check_model names none of them';
  const mode = modeOf(deployment);
  const [route, body] = CALLS.get(mode) ?? [];
  const operation = route === undefined ? null : endpointOf(route);
  if (operation === null || body === undefined) return `has the mode ${mode}, which is not checked`;
  return { operation, body: body(deployment) };
}

function limitOf({ provider, apiBase, healthCheck: { maxTokens } }: DeploymentSettings) {
  return provider === 'azure' || apiBase.startsWith(OPENAI)
    ? { max_completion_tokens: maxTokens }
    : { max_tokens: maxTokens };
}
