import type { RefusalForm } from './content-refusal.js';
import { refusalFactsOf } from './refusal-facts.js';

/** Codes and types of an input that is longer than the context of the model: OpenAI, Azure OpenAI, Groq and DeepSeek, llama.cpp. */
const LENGTH_CODES: ReadonlySet<unknown> = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
]);

/** Texts are matched from their start or as a whole: the rest may quote the request. */
export const LENGTH_REFUSALS: readonly RefusalForm[] = [
  {
    vendor: 'length codes',
    source: 'https://platform.openai.com/docs/guides/error-codes',
    matches: ({ codes }) => codes.some((code) => LENGTH_CODES.has(code)),
  },
  {
    vendor: 'OpenAI, vLLM, DeepSeek, OpenRouter and xAI, text',
    source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
    matches: ({ message }) =>
      /^This (?:model|endpoint)['’]s maximum (?:context|prompt) length is \d/.test(message),
  },
  {
    vendor: 'Anthropic',
    source: 'https://platform.claude.com/docs/en/build-with-claude/context-windows',
    matches: ({ message }) =>
      message.startsWith('prompt is too long') ||
      message.startsWith('input length and `max_tokens` exceed context limit'),
  },
  {
    vendor: 'Gemini',
    source: 'https://ai.google.dev/gemini-api/docs/troubleshooting',
    matches: ({ message }) =>
      /^The input token count (?:\(\d+\) )?exceeds the maximum number of tokens allowed/.test(
        message,
      ),
  },
  {
    vendor: 'Amazon Bedrock',
    source:
      'https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html',
    matches: ({ message }) => /^Input is too long for requested model\.?$/.test(message),
  },
  {
    vendor: 'Together AI',
    source: 'https://docs.together.ai/docs/error-codes',
    matches: ({ message }) => message.startsWith('`inputs` tokens + `max_new_tokens` must be'),
  },
  {
    vendor: 'Mistral',
    source: 'https://docs.mistral.ai/api/',
    matches: ({ message }) =>
      /^Prompt contains \d+ tokens .*too large for model with \d+ maximum context length/.test(
        message,
      ),
  },
];

/**
 * Returns true when the body of a client error refuses a request because its input is longer than the context of the model, in
 * one of the forms that vendors document.
 * @param body decoded bytes of the response
 */
export function isLengthRefusal(body: Buffer): boolean {
  const facts = refusalFactsOf(body);
  return facts !== null && LENGTH_REFUSALS.some(({ matches }) => matches(facts));
}
