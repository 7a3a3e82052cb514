import { claimsOf, type RateClaim } from './rate-claims.js';

const REQUEST = {
  modelGroup: 'openai/gpt-4o',
  bounds: new Map(),
  estimateInputTokens: () => 40,
  outputTokensBound: 60,
  isFailing: () => false,
};

function facts(claims: readonly RateClaim[]): unknown[] {
  return claims.map(({ scope, id, model, type, limit, amount }) => [
    `${scope} ${id}`,
    model,
    type,
    limit,
    amount,
  ]);
}

describe('what a request takes of the counters of its limits', () => {
  it('is one request, its expected tokens and one slot of every subject that has such a limit', () => {
    const claims = claimsOf(
      [
        { scope: 'key', id: 'k', limits: { requestsPerMinute: 3, maxParallelRequests: 2 } },
        { scope: 'team_member', id: 't:u', limits: { tokensPerMinute: 500 } },
        { scope: 'end_user', id: 'e', limits: {} },
      ],
      REQUEST,
    );
    expect(facts(claims)).toEqual([
      ['key k', null, 'requests', 3, 1],
      ['key k', null, 'max_parallel_requests', 2, 1],
      ['team_member t:u', null, 'tokens', 500, 100],
    ]);
    expect(new Set(claims.map(({ counter }) => counter)).size).toBe(3);
  });

  it('counts a model by its own limit, else by the longest name with wildcards that covers it', () => {
    const modelRequestsPerMinute = { '*': 9, 'openai/*': 8, 'openai/gpt-*': 7, 'azure/*': 6 };
    const limits = {
      modelRequestsPerMinute,
      modelTokensPerMinute: { 'openai/gpt-4o': 700, '*': 1 },
    };
    const team = { scope: 'team', id: 't', limits } as const;
    expect(facts(claimsOf([team], REQUEST))).toEqual([
      ['team t', 'openai/gpt-*', 'requests', 7, 1],
      ['team t', 'openai/gpt-4o', 'tokens', 700, 100],
    ]);
    const other = { ...REQUEST, modelGroup: 'constructor' };
    expect(facts(claimsOf([team], other)).map((fact) => (fact as unknown[])[1])).toEqual([
      '*',
      '*',
    ]);
  });

  it.each([
    ['with a bound on its output, both', 40, 60, 50, 100],
    ['without one, the input and a usual output', 40, null, 5000, 1064],
    ['without one, never more than the limit', 40, null, 500, 500],
    ['without one, the input where that alone is more', 600, null, 500, 600],
  ])('expects of a request %s', (...given) => {
    const [, inputTokens, outputTokensBound, limit, amount] = given;
    const limits = { tokensPerMinute: limit };
    const estimateInputTokens = (): number => inputTokens;
    const request = { ...REQUEST, estimateInputTokens, outputTokensBound };
    expect(claimsOf([{ scope: 'org', id: 'o', limits }], request)[0]?.amount).toBe(amount);
  });
});
