import type { JSONSchema7, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { given, type BodyMember } from '../body-member.js';
import type { Decoding } from '../decoding.js';
import type { Thinking } from '../provider-form.js';

/** Parameters of generation that the interface of all models has a place for. */
export const GENERATION_OPTIONS = [
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'response_format',
  'reasoning_effort',
  'thinking',
] as const;

type GenerationOptions = Omit<LanguageModelV4CallOptions, 'prompt' | 'tools' | 'toolChoice'>;
type Reasoning = NonNullable<LanguageModelV4CallOptions['reasoning']>;
type ResponseFormat = NonNullable<LanguageModelV4CallOptions['responseFormat']>;

/** `default` and `disable` are LiteLLM's names. */
const EFFORTS = {
  none: 'none',
  disable: 'none',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
  default: 'provider-default',
} as const satisfies Record<string, Reasoning>;

const EFFORT_NAMES = Object.keys(EFFORTS) as (keyof typeof EFFORTS)[];

/** Most tokens of thought of an effort; more are `high`. LiteLLM translates efforts to these numbers. */
const BUDGETS = [
  ['low', 1_024],
  ['medium', 2_048],
] as const;

/** Returns how the model shall generate. */
export function generationOptions(body: BodyMember, decoding: Decoding): GenerationOptions {
  const number = (name: string): number | undefined => body.at(name).optional((m) => m.number());
  const integer = (name: string): number | undefined => body.at(name).optional((m) => m.integer());
  return {
    ...given({
      maxOutputTokens: integer('max_completion_tokens') ?? integer('max_tokens'),
      temperature: number('temperature'),
      topP: number('top_p'),
      topK: integer('top_k'),
      seed: integer('seed'),
      presencePenalty: number('presence_penalty'),
      frequencyPenalty: number('frequency_penalty'),
      stopSequences: body.at('stop').optional(stopSequences),
      responseFormat: body
        .at('response_format')
        .optional((format) => responseFormat(format, decoding)),
    }),
    ...reasoningOptions(body, decoding),
  };
}

function stopSequences(stop: BodyMember): string[] {
  return typeof stop.value === 'string' ? [stop.value] : stop.items().map((one) => one.text());
}

function responseFormat(format: BodyMember, decoding: Decoding): ResponseFormat {
  const type = format.at('type').oneOf(['text', 'json_object', 'json_schema']);
  if (type === 'text') return { type };
  if (type === 'json_object') return { type: 'json', ...given({ schema: decoding.form.anyJson }) };
  const described = format.at('json_schema');
  const strict = described.at('strict');
  // Packages decide by the schema whether a provider can be held to it.
  if (strict.isGiven) decoding.leaveOut(strict);
  return {
    type: 'json',
    name: described.at('name').filledText(),
    ...given({
      description: described.at('description').optional((one) => one.text()),
      schema:
        described.at('schema').optional((one) => one.object() as JSONSchema7) ??
        decoding.form.anyJson,
    }),
  };
}

function reasoningOptions(
  body: BodyMember,
  decoding: Decoding,
): Pick<GenerationOptions, 'reasoning' | 'providerOptions'> {
  const effort = body.at('reasoning_effort').optional((one) => EFFORTS[one.oneOf(EFFORT_NAMES)]);
  const thinking = body.at('thinking').optional(readThinking);
  const { thinking: options } = decoding.form;
  if (thinking !== undefined && options !== undefined)
    return { ...given({ reasoning: effort }), providerOptions: options(thinking) };
  return given({ reasoning: effort ?? (thinking && effortOf(thinking)) });
}

function readThinking(thinking: BodyMember): Thinking {
  return {
    type: thinking.at('type').oneOf(['enabled', 'disabled', 'adaptive']),
    budgetTokens: thinking.at('budget_tokens').optional((one) => one.integer()),
    display: thinking.at('display').optional((one) => one.oneOf(['omitted', 'summarized'])),
  };
}

/** Returns the effort that is next to a thinking budget, for providers that know efforts alone. */
function effortOf({ type, budgetTokens }: Thinking): Reasoning {
  if (type === 'disabled') return 'none';
  if (type === 'adaptive') return 'provider-default';
  if (budgetTokens === undefined) return 'medium';
  return BUDGETS.find(([, most]) => budgetTokens <= most)?.[0] ?? 'high';
}
