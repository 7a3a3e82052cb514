import { BY_NOTHING } from '#libs/spend';
import { AnthropicResponseFormat } from '../streaming/anthropic-response-format.js';
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

const ANTHROPIC = new AnthropicResponseFormat();
const UNBILLED = new UnbilledResponseFormat();
const MESSAGES = /\/messages$/i;

/** Returns how the responses of a call are read for their usage. */
export function formatFor({
  model,
  below,
  billing,
}: Pick<PassThroughPlan, 'model' | 'below' | 'billing'>): ResponseFormat {
  if (billing === BY_NOTHING) return UNBILLED;
  if (model === null) return UNKNOWN;
  return MESSAGES.test(below) ? ANTHROPIC : COMMON;
}
