import type {
  LanguageModelV4File,
  LanguageModelV4FinishReason,
  LanguageModelV4ToolCall,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

/** A thought that the client sends back with its next request, in LiteLLM's form. */
export type ThinkingBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

/** A generated image in LiteLLM's form. */
export interface CompletionImage {
  readonly type: 'image_url';
  readonly index: number;
  readonly image_url: { readonly url: string };
}

/** A call of a tool that the client runs. */
export interface CompletionCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
  readonly provider_specific_fields?: CallSignature;
}

/** What Gemini wants back with a call that it has made. */
export interface CallSignature {
  readonly thought_signature: string;
}

type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** Names of the providers' packages for a signature of a thought, and for a thought that only the provider can read. */
const SIGNATURES = ['signature', 'thoughtSignature'] as const;
const REDACTED = ['redactedData', 'redactedContent'] as const;
const NO_ARGUMENTS = '{}';

const REASONS: Readonly<Record<LanguageModelV4FinishReason['unified'], FinishReason>> = {
  stop: 'stop',
  'tool-calls': 'stop',
  other: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  // Of OpenAI's reasons this one alone tells a client that the response is not whole
  error: 'length',
  interrupted: 'length',
};

/**
 * Returns OpenAI's reason of the end. A response with calls of the client's tools ends with `tool_calls`, as some providers name no
 * such reason; one whose tools the provider has run itself does not.
 */
export function finishReasonOf(
  { unified }: LanguageModelV4FinishReason,
  hasCalls: boolean,
): FinishReason {
  const reason = REASONS[unified];
  return reason === 'stop' && hasCalls ? 'tool_calls' : reason;
}

/** Returns a whole thought with what proves it to its provider; `null` where the provider needs no proof. */
export function thinkingBlockOf(
  text: string,
  metadata: SharedV4ProviderMetadata | undefined,
): ThinkingBlock | null {
  const data = namedIn(metadata, REDACTED);
  if (data !== null) return { type: 'redacted_thinking', data };
  const signature = namedIn(metadata, SIGNATURES);
  return signature === null ? null : { type: 'thinking', thinking: text, signature };
}

/**
 * Returns a generated image; `null` for another file, of which completions have no form.
 * @param index place among the images of the response
 */
export function imageOf(
  { mediaType, data }: LanguageModelV4File,
  index: number,
): CompletionImage | null {
  if (!mediaType.startsWith('image/')) return null;
  const url =
    data.type === 'url'
      ? (data.originalUrl ?? data.url.href)
      : `data:${mediaType};base64,${base64Of(data.data)}`;
  return { type: 'image_url', index, image_url: { url } };
}

function base64Of(data: Uint8Array | string): string {
  return typeof data === 'string' ? data : Buffer.from(data).toString('base64');
}

/** Returns a call as the client sees it. */
export function callOf(call: LanguageModelV4ToolCall): CompletionCall {
  return {
    id: call.toolCallId,
    type: 'function',
    function: { name: call.toolName, arguments: argumentsOf(call) },
    ...signatureOf(call.providerMetadata),
  };
}

/** Returns the arguments of a call: always JSON, also where a package has nothing for none. */
export function argumentsOf({ input }: LanguageModelV4ToolCall): string {
  return input === '' ? NO_ARGUMENTS : input;
}

/** Returns the member of a call that holds its signature; an empty object for none. */
export function signatureOf(metadata: SharedV4ProviderMetadata | undefined): {
  readonly provider_specific_fields?: CallSignature;
} {
  const signature = namedIn(metadata, ['thoughtSignature']);
  return signature === null ? {} : { provider_specific_fields: { thought_signature: signature } };
}

/** The first string of one of these names; a package may repeat its metadata under a second name. */
function namedIn(
  metadata: SharedV4ProviderMetadata | undefined,
  names: readonly string[],
): string | null {
  for (const members of Object.values(metadata ?? {}))
    for (const name of names) {
      const value = members[name];
      if (typeof value === 'string' && value !== '') return value;
    }
  return null;
}
