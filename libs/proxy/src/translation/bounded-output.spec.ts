import { boundedOutput } from './bounded-output.js';

/** Returns the body that is sent instead of another. */
async function sentFor(body: unknown, bound: number | undefined): Promise<unknown> {
  let sent: unknown;
  const fetch: typeof globalThis.fetch = (_, init) => {
    sent = init?.body;
    return Promise.resolve(new Response());
  };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await boundedOutput(fetch, bound)('https://a.example', { method: 'POST', body: text });
  return typeof body === 'string' ? sent : JSON.parse(String(sent));
}

function claude(max_tokens: number, budget_tokens: number): object {
  return { model: 'claude', max_tokens, thinking: { type: 'enabled', budget_tokens } };
}

function converse(maxTokens: number, budget_tokens: number): object {
  return {
    inferenceConfig: { maxTokens, topP: 1 },
    additionalModelRequestFields: { a: 1, thinking: { type: 'enabled', budget_tokens } },
  };
}

describe('the bound of output tokens that is sent', () => {
  it.each<[string, object, number | undefined, object]>([
    ['counts thoughts, at Anthropic', claude(6_000, 2_000), 4_000, claude(4_000, 2_000)],
    ['counts thoughts, in Converse', converse(6_000, 2_000), 4_000, converse(4_000, 2_000)],
    ['leaves one token for what is said', claude(42_000, 40_000), 2_000, claude(2_000, 1_999)],
    [
      'leaves one token where thoughts are as many',
      claude(4_000, 2_000),
      2_000,
      claude(2_000, 1_999),
    ],
    ['leaves one token in Converse', converse(42_000, 40_000), 2_000, converse(2_000, 1_999)],
    [
      'leaves thoughts out that would be too few',
      claude(41_000, 40_000),
      1_000,
      { model: 'claude', max_tokens: 1_000 },
    ],
    [
      'leaves thoughts out of Converse that would be too few',
      converse(41_000, 40_000),
      1_000,
      {
        inferenceConfig: { maxTokens: 1_000, topP: 1 },
        additionalModelRequestFields: { a: 1 },
      },
    ],
    ['stays where it is smaller', { max_tokens: 5 }, 9, { max_tokens: 5 }],
    ['stays where the client names none', claude(6_000, 2_000), undefined, claude(6_000, 2_000)],
    ['is not added', { messages: [] }, 9, { messages: [] }],
  ])('%s', async (_, body, bound, expected) => {
    expect(await sentFor(body, bound)).toEqual(expected);
  });

  it('leaves what is not JSON as it is', async () => {
    expect(await sentFor('{"max_tokens":', 9)).toBe('{"max_tokens":');
  });
});
