import { isJsonObject } from '#libs/common';
import { BodyMember } from '../body-member.js';
import { Decoding, type DecodingTarget } from '../decoding.js';
import type { ModelRequest } from '../model-exchange.js';
import { mergedOptions } from '../provider-form.js';
import { GENERATION_OPTIONS, generationOptions } from './chat-options.js';
import { promptOf } from './chat-prompt.js';
import { TOOL_PARAMETERS, toolOptions } from './chat-tools.js';

/** Parameters that are read, here or by the gateway itself. */
const READ: ReadonlySet<string> = new Set([
  'messages',
  'model',
  'stream',
  'stream_options',
  ...GENERATION_OPTIONS,
  ...TOOL_PARAMETERS,
]);

const ALWAYS = (): boolean => true;

/** Parameters without which a response is as good, each with the values for which that is so. */
const HARMLESS: Readonly<Record<string, (value: unknown) => boolean>> = {
  metadata: ALWAYS,
  prompt_cache_key: ALWAYS,
  prompt_cache_options: ALWAYS,
  prompt_cache_retention: ALWAYS,
  safety_identifier: ALWAYS,
  service_tier: (value) => value === 'auto' || value === 'default',
  store: (value) => value === false,
  user: ALWAYS,
  verbosity: ALWAYS,
};

/** Values by which a parameter asks for what every model does without it. */
const USUAL: Readonly<Record<string, (value: unknown) => boolean>> = {
  frequency_penalty: isZero,
  logit_bias: (value) => isJsonObject(value) && Object.keys(value).length === 0,
  logprobs: (value) => value === false,
  modalities: (value) => Array.isArray(value) && value.every((one) => one === 'text'),
  n: (value) => value === 1,
  presence_penalty: isZero,
  top_logprobs: isZero,
};

/**
 * Returns the request that the body of `POST /v1/chat/completions` makes to a model of any provider:
 * https://platform.openai.com/docs/api-reference/chat, with LiteLLM's additions for thoughts and prompt caches.
 * Nothing is fetched.
 * @throws GatehouseError `request_invalid` for a member that is wrong, or that the model cannot be told
 */
export function decodeChat(body: unknown, target: DecodingTarget): ModelRequest {
  const decoding = new Decoding(target);
  const whole = tellable(new BodyMember(body), decoding);
  const tools = toolOptions(whole, decoding);
  const generation = generationOptions(whole, decoding);
  const providerOptions = mergedOptions(generation.providerOptions, tools.providerOptions);
  const options = {
    prompt: promptOf(whole.at('messages'), decoding),
    ...generation,
    ...tools,
    ...(Object.keys(providerOptions).length === 0 ? {} : { providerOptions }),
  };
  return { options, dropped: decoding.dropped };
}

/** Returns a body without what the model cannot be told. */
function tellable(body: BodyMember, decoding: Decoding): BodyMember {
  const members = Object.entries(body.object());
  return new BodyMember(
    Object.fromEntries(members.filter(([name]) => isTold(body.at(name), name, decoding))),
  );
}

function isTold(member: BodyMember, name: string, decoding: Decoding): boolean {
  if (!member.isGiven || accepts(USUAL, member, name)) return false;
  const { lacks = [] } = decoding.form;
  if (READ.has(name) && !lacks.includes(name)) return true;
  if (accepts(HARMLESS, member, name)) decoding.leaveOut(member);
  else decoding.cannotTell(member);
  return false;
}

function accepts(table: typeof USUAL, { value }: BodyMember, name: string): boolean {
  return Object.hasOwn(table, name) && (table[name]?.(value) ?? false);
}

function isZero(value: unknown): boolean {
  return value === 0;
}
