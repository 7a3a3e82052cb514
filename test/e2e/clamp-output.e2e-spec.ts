import type { Client, Answer } from '#support/client';
import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';

/** A token of output costs a hundredth of a cent. */
const centsOf = (tokens: number): number => tokens / 10_000;

describe('gatehouse.budgets.clamp_output', () => {
  let around: BudgetedGateways;

  beforeAll(async () => {
    around = await startBudgetedGateways({ budgets: 'clamp_output: true' });
  });
  afterAll(() => around.stop());

  const keyOf = async (tokens: number): Promise<Client> => {
    const budget = { max_budget: centsOf(tokens) };
    const { json } = await around.admin.post<{ key: string }>('/key/generate', budget);
    return around.caller(0, json.key);
  };
  const sent = (): string => around.upstream.records.at(-1)?.requestBytes.toString() ?? '';
  const limitOf = ({ headers }: Answer): string | null => headers.get('x-gatehouse-output-limit');
  const body = (members: string): string =>
    `{ "model": "test-model",\n "messages": [{"role": "user", "content": "a"}], ${members} }`;
  const chat = (client: Client, members: string): Promise<Answer> =>
    client.post('/v1/chat/completions', body(members));

  it('lowers max_tokens to what the budget bears, in its place, and leaves every other byte', async () => {
    const client = await keyOf(300);
    const answer = await chat(client, '"max_tokens": 1000, "seed":  1e2');
    expect([answer.status, limitOf(answer)]).toEqual([200, '300']);
    expect(sent()).toBe(body('"max_tokens": 300, "seed":  1e2'));
    const second = await chat(client, '"max_tokens": 1000');
    expect(limitOf(second)).toBe('200');
    const id = second.headers.get('x-gatehouse-decision-id') ?? '';
    expect((await around.admin.get(`/decisions/${id}`)).text).toContain(
      'the output is lowered to 200 tokens',
    );
  });

  it('lowers each of two bounds that is higher, raises none, and counts every choice', async () => {
    const client = await keyOf(300);
    const bounds = '"max_tokens": 90, "max_completion_tokens": 500, "n": 2';
    expect(limitOf(await chat(client, bounds))).toBe('150');
    expect(sent()).toBe(body('"max_tokens": 90, "max_completion_tokens": 150, "n": 2'));
  });

  it('leaves a request as it is that fits, or that sets no bound', async () => {
    const client = await keyOf(1_000);
    for (const members of ['"max_tokens": 200', '"n": 1']) {
      const answer = await chat(client, members);
      expect([answer.status, limitOf(answer)]).toEqual([200, null]);
      expect(sent()).toBe(body(members));
    }
  });

  it('refuses where not even 64 tokens fit, and serves a request that asks for less', async () => {
    const client = await keyOf(63);
    expect((await chat(client, '"max_tokens": 1000')).status).toBe(422);
    const used = JSON.stringify(around.upstream.behaviour({ completionTokens: 63 })).slice(1, -1);
    const answer = await chat(client, `"max_tokens": 63, ${used}`);
    expect([answer.status, limitOf(answer)]).toEqual([200, null]);
  });

  it('works for streams and for completions', async () => {
    const client = await keyOf(300);
    const stream = await chat(client, '"max_tokens": 1000, "stream": true');
    expect([stream.status, limitOf(stream)]).toEqual([200, '300']);
    expect(sent()).toContain('"max_tokens": 300, "stream": true');
    const prompt = { model: 'test-model', prompt: ['a', 'b'], max_tokens: 1000 };
    const completion = await client.post<object>('/v1/completions', prompt);
    expect([completion.status, completion.headers.get('x-gatehouse-output-limit')]).toEqual([
      200,
      '100',
    ]);
    expect(sent()).toContain('"max_tokens":100');
  });

  it('of calls at once never lets a budget be exceeded, and each is served or refused', async () => {
    const client = await keyOf(1_000);
    const calls = Array.from({ length: 30 }, () => {
      const used = JSON.stringify(around.upstream.behaviour({ completionTokens: 64 })).slice(1, -1);
      return chat(client, `"max_tokens": 400, ${used}`);
    });
    const statuses = new Set((await Promise.all(calls)).map(({ status }) => status));
    expect([...statuses].every((status) => status === 200 || status === 422)).toBe(true);
    expect(await around.differences()).toEqual([]);
    const info = await client.get<{ info: { spend: number } }>('/key/info');
    expect(info.json.info.spend).toBeLessThanOrEqual(centsOf(1_000));
  });
});
