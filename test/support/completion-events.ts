import type { LanguageModelV4Usage } from '@ai-sdk/provider';

/** What a gateway tells of a completion whose provider tells nothing. */
export const OWN_FACTS = {
  id: 'chatcmpl-own',
  created: 1_700_000_000,
  model: 'claude-sonnet-5',
};

/** The members of every chunk of a response whose provider has named it and its model. */
export const COMMON_FACTS = {
  id: 'msg_1',
  created: OWN_FACTS.created,
  model: 'claude-sonnet-5-20260101',
};

/** The usage of a response as a package of the AI SDK has it, and in OpenAI's form. */
export const MODEL_USAGE: LanguageModelV4Usage = {
  inputTokens: { total: 12, noCache: 12, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 5, text: undefined, reasoning: undefined },
};
export const MODEL_COUNTS = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };

/** Returns the data of the events of a stream; `[DONE]` as a string. */
export function completionEvents(stream: string): unknown[] {
  const events = stream.split('\n\n').slice(0, -1);
  expect(events.every((event) => event.startsWith('data: '))).toBe(true);
  expect(stream).toBe(events.map((event) => `${event}\n\n`).join(''));
  return events.map((event) => {
    const data = event.slice('data: '.length);
    return data === '[DONE]' ? data : (JSON.parse(data) as unknown);
  });
}
