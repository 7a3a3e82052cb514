import { BY_NOTHING } from '#libs/spend';
import { AnthropicResponseFormat } from '../streaming/anthropic-response-format.js';
import { GoogleResponseFormat } from '../streaming/google-response-format.js';
import { OpenaiResponseFormat } from '../streaming/openai-response-format.js';
import type { ResponseFormat } from '../streaming/response-format.js';
import { UnbilledResponseFormat } from '../streaming/unbilled-response-format.js';
import type { PassThroughPlan } from './pass-through-plan.js';

/** Names of members with text of a model, in the words of every provider. */
const COMMON = new OpenaiResponseFormat({
  textMembers: [
    'content',
    'text',
    'delta',
    'reasoning_content',
    'refusal',
    'arguments',
    'partial_json',
    'thinking',
  ],
});
/** A response of which no text is counted. */
const UNKNOWN = new OpenaiResponseFormat({ textMembers: [] });

const UNBILLED = new UnbilledResponseFormat();

/** By the operation below the prefix. Every other operation has OpenAI's form, or `usage` in the same place. */
const FORMATS: readonly (readonly [operation: RegExp, format: ResponseFormat])[] = [
  // Vertex (`rawPredict`) and Bedrock (`invoke`) have the form of the model's maker.
  [
    /\/messages$|\/publishers\/anthropic\/models\/[^/]+:\w*rawPredict$|^\/model\/[^/]*anthropic[^/]*\/invoke$/i,
    new AnthropicResponseFormat(),
  ],
  [/:(?:stream)?generateContent$/i, new GoogleResponseFormat()],
];

/** Returns how the responses of a call are read for their usage. */
export function formatFor({
  model,
  below,
  billing,
}: Pick<PassThroughPlan, 'model' | 'below' | 'billing'>): ResponseFormat {
  if (billing === BY_NOTHING) return UNBILLED;
  if (model === null) return UNKNOWN;
  return FORMATS.find(([operation]) => operation.test(below))?.[1] ?? COMMON;
}
