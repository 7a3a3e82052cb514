import { isLengthRefusal, LENGTH_REFUSALS } from './length-refusal.js';

const isRefused = (error: unknown): boolean =>
  isLengthRefusal(Buffer.from(JSON.stringify({ error })));

describe('the refusal of an input that is too long', () => {
  it.each([
    ['OpenAI', { code: 'context_length_exceeded', message: 'x' }],
    ['vLLM', { message: "This model's maximum context length is 4096 tokens. However, you" }],
    ['OpenRouter', { message: "This endpoint's maximum context length is 32768 tokens." }],
    ['xAI', { message: "This model's maximum prompt length is 131072 but the request contains 1" }],
    ['llama.cpp', { type: 'exceed_context_size_error', message: 'x' }],
    ['Anthropic', { message: 'prompt is too long: 208310 tokens > 200000 maximum' }],
    [
      'Anthropic, output',
      { message: 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000' },
    ],
    [
      'Gemini',
      {
        message:
          'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).',
      },
    ],
    ['Together AI', { message: '`inputs` tokens + `max_new_tokens` must be <= 4097' }],
    [
      'Mistral',
      {
        message:
          'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      },
    ],
  ])('is known in the form of %s', (_vendor, error) => {
    expect(isRefused(error)).toBe(true);
  });

  it('is known in the form of Amazon Bedrock', () => {
    const body = { message: 'Input is too long for requested model.' };
    expect(isLengthRefusal(Buffer.from(JSON.stringify(body)))).toBe(true);
  });

  it.each([
    ['another refusal', { code: 'invalid_value', message: 'max_tokens is too large' }],
    ['a text that is quoted', { message: 'Invalid tool: prompt is too long' }],
    ['a code that is quoted', { message: 'unknown member context_length_exceeded' }],
  ])('is not %s', (_what, error) => {
    expect(isRefused(error)).toBe(false);
  });

  it('has an address for every form', () => {
    expect(LENGTH_REFUSALS.every(({ source }) => source.startsWith('https://'))).toBe(true);
  });
});
