import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { CalculateSpendRequest } from './cost.request.js';

async function messagesOf(usage: unknown): Promise<string[]> {
  const body = { completion_response: { model: 'm', usage } };
  const errors = await validate(plainToInstance(CalculateSpendRequest, body));
  return errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
}

describe('the usage of a response whose cost is asked for', () => {
  it.each([
    ['prompt_tokens', { prompt_tokens: -1, completion_tokens: 2 }],
    ['completion_tokens', { prompt_tokens: 1, completion_tokens: 1.5 }],
    ['total_tokens', { prompt_tokens: 1, total_tokens: 100_000_001 }],
    ['output_tokens', { input_tokens: 1, output_tokens: 'many' }],
    ['promptTokenCount', { promptTokenCount: -5 }],
    ['prompt_tokens_details.cached_tokens', { prompt_tokens_details: { cached_tokens: -3 } }],
    ['promptTokensDetails.0.tokenCount', { promptTokensDetails: [{ tokenCount: -3 }] }],
  ])('has counts of at least 0; %s is refused with its path', async (path, usage) => {
    expect(await messagesOf(usage)).toEqual([
      `completion_response.usage.${path} must be an integer from 0 to 100000000`,
    ]);
  });

  it.each([undefined, null, 5, 'none'])('is not left out: %p', async (usage) => {
    expect((await messagesOf(usage)).join()).toContain('completion_response.usage must be');
  });

  it('may have null counts and other members', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 0, reasoning_tokens: null, cost: -0.1 };
    expect(await messagesOf(usage)).toEqual([]);
  });
});
