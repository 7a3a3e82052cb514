import { BY_NOTHING } from '#libs/spend';
import { AnthropicResponseFormat } from '../streaming/anthropic-response-format.js';
import { GoogleResponseFormat } from '../streaming/google-response-format.js';
import { OpenaiResponseFormat } from '../streaming/openai-response-format.js';
import type { ResponseFormat } from '../streaming/response-format.js';
import { ResponsesFormat } from '../streaming/responses-format.js';
import { StoredResponseFormat } from '../streaming/stored-response-format.js';
import { UnbilledResponseFormat } from '../streaming/unbilled-response-format.js';
import type { PassThroughPlan } from './pass-through-plan.js';

/** Names of members with text of a model, in the words of every provider. */
const TEXT_MEMBERS = [
  'content',
  'text',
  'delta',
  'reasoning_content',
  'refusal',
  'arguments',
  'partial_json',
  'thinking',
];
const COMMON = new OpenaiResponseFormat({ textMembers: TEXT_MEMBERS });
/** Of chats and texts in OpenAI's form, whose streams name the reason of their finish. */
const COMPLETIONS = new OpenaiResponseFormat({ textMembers: TEXT_MEMBERS, endsWith: 'finish' });
/** A response of which no text is counted. */
const UNKNOWN = new OpenaiResponseFormat({ textMembers: [] });

const UNBILLED = new UnbilledResponseFormat();

/** By the operation below the prefix. Every other operation has OpenAI's form, or `usage` in the same place. */
const FORMATS: readonly (readonly [operation: RegExp, format: ResponseFormat])[] = [
  // Vertex (`rawPredict`) and Bedrock (`invoke`) have the form of the model's maker.
  [
    /\/messages$|\/publishers\/anthropic\/models\/[^/]+:\w*rawPredict$|^\/model\/[^/]*anthropic[^/]*\/invoke(?:-with-response-stream)?$/i,
    new AnthropicResponseFormat(),
  ],
  [/:(?:stream)?generateContent$/i, new GoogleResponseFormat()],
  [/\/responses$/i, new ResponsesFormat()],
  [/\/completions$/i, COMPLETIONS],
];
const STORED = new StoredResponseFormat();
/** Methods that show or remove what is there. */
const SHOWING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);
const CANCELLING = /[/:]cancel$/i;

/**
 * Returns how the responses of a call are read for their usage. What an earlier call has made was paid for by that call, so that the
 * usage in it is not read again.
 */
export function formatFor(
  { model, below, billing }: Pick<PassThroughPlan, 'model' | 'below' | 'billing'>,
  method: string,
): ResponseFormat {
  if (billing === BY_NOTHING) return UNBILLED;
  if (SHOWING.has(method) || CANCELLING.test(below)) return STORED;
  if (model === null) return UNKNOWN;
  return FORMATS.find(([operation]) => operation.test(below))?.[1] ?? COMMON;
}
