import type {
  LanguageModelV4Message,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
} from '@ai-sdk/provider';
import { jsonObjectOf, memberOf } from '#libs/common';
import type { BodyMember } from '../body-member.js';
import type { Decoding } from '../decoding.js';
import type { ReasoningProof } from '../provider-form.js';
import { itemsOf } from './chat-parts.js';

type AssistantMessage = Extract<LanguageModelV4Message, { role: 'assistant' }>;
type SaidPart = LanguageModelV4TextPart | LanguageModelV4ReasoningPart;

const THOUGHTS: ReadonlySet<unknown> = new Set(['thinking', 'redacted_thinking']);

/** Returns what the model has said and called before; its thoughts come first. */
export function assistantMessage(message: BodyMember, decoding: Decoding): AssistantMessage {
  const audio = message.at('audio');
  if (audio.isGiven) decoding.cannotTell(audio);
  const said = saidParts(message, decoding);
  const hasThoughts = said.some(({ type }) => type === 'reasoning');
  return {
    role: 'assistant',
    content: [
      ...(hasThoughts ? [] : thoughtsOf(message, decoding)),
      ...said,
      ...(message.at('tool_calls').optional((calls) => toolCalls(calls, decoding)) ?? []),
    ],
    ...decoding.cacheIn(message),
  };
}

/** Returns a call of a tool whose arguments are a JSON text. */
export function calledTool(called: BodyMember, toolCallId: string): LanguageModelV4ToolCallPart {
  const name = called.at('name').filledText();
  const written = called.at('arguments');
  const text = written.optional((member) => member.text().trim()) ?? '';
  // Models write nothing for a tool without parameters.
  const input = jsonObjectOf(text === '' ? '{}' : text);
  if (input === null) throw written.fault('must be the JSON text of an object');
  return { type: 'tool-call', toolCallId, toolName: name, input };
}

function toolCalls(calls: BodyMember, decoding: Decoding): LanguageModelV4ToolCallPart[] {
  return calls.items().map((call) => {
    call.at('type').optional((type) => type.oneOf(['function']));
    const signature = signatureOf(call.value);
    const { signedCall } = decoding.form;
    return {
      ...calledTool(call.at('function'), call.at('id').filledText()),
      ...(signature === null || signedCall === undefined
        ? {}
        : { providerOptions: signedCall(signature) }),
    };
  });
}

/** Gemini signs calls; LiteLLM and Google's own OpenAI form write the signature in different places. */
function signatureOf(call: unknown): string | null {
  const signature =
    memberOf(memberOf(call, 'provider_specific_fields'), 'thought_signature') ??
    memberOf(memberOf(memberOf(call, 'extra_content'), 'google'), 'thought_signature');
  return typeof signature === 'string' && signature !== '' ? signature : null;
}

function saidParts(message: BodyMember, decoding: Decoding): SaidPart[] {
  const content = message.at('content');
  const parts = content.optional((given) => partsOf(given, decoding)) ?? [];
  const refusal = message.at('refusal').optional((member) => member.text()) ?? '';
  return [...parts, textPart(refusal)].filter((part) => part.type !== 'text' || part.text !== '');
}

function partsOf(content: BodyMember, decoding: Decoding): SaidPart[] {
  if (typeof content.value === 'string') return [textPart(content.value)];
  return itemsOf(content).flatMap((part): SaidPart[] => {
    const type = part.at('type').oneOf(['text', 'refusal', 'thinking', 'redacted_thinking']);
    if (THOUGHTS.has(type)) return thought(part, decoding);
    return [{ ...textPart(part.at(type).text()), ...decoding.cacheIn(part) }];
  });
}

function textPart(text: string): LanguageModelV4TextPart {
  return { type: 'text', text };
}

/** Blocks hold what proves the thoughts, so that the text alone counts only without them. */
function thoughtsOf(message: BodyMember, decoding: Decoding): SaidPart[] {
  const blocks = message.at('thinking_blocks').optional((member) => member.items()) ?? [];
  if (blocks.length > 0) return blocks.flatMap((block) => thought(block, decoding));
  const text = message.at('reasoning_content').optional((member) => member.text()) ?? '';
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

/** Returns a block of thoughts; nothing for one whose text only another provider can read. */
function thought(block: BodyMember, decoding: Decoding): SaidPart[] {
  const isRedacted = block.at('type').oneOf(['thinking', 'redacted_thinking']) !== 'thinking';
  const proof = isRedacted ? { redactedData: block.at('data').text() } : signedBy(block);
  const text = isRedacted ? '' : block.at('thinking').text();
  const providerOptions = proof === null ? null : (decoding.form.proof?.(proof) ?? null);
  if (providerOptions !== null) return [{ type: 'reasoning', text, providerOptions }];
  if (proof !== null) decoding.leaveOut(block.at(isRedacted ? 'data' : 'signature'));
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

function signedBy(block: BodyMember): ReasoningProof | null {
  const signature = block.at('signature').optional((member) => member.text()) ?? '';
  return signature === '' ? null : { signature };
}
