import type { RateClaim } from './rate-claims.js';
import { durationInWords, rateHeadersOf } from './rate-headers.js';
import { rateLimited } from './rate-refusal.js';

const NOW_MS = Date.parse('2026-11-30T12:00:00Z');

function aClaim(claim: Partial<RateClaim> = {}): RateClaim {
  return {
    counter: 'c',
    scope: 'team',
    id: 'research',
    model: null,
    type: 'requests',
    limit: 60,
    amount: 1,
    ...claim,
  };
}

describe('the refusal of a rate limit', () => {
  it('names the subject, the model, the limit and when it is free again, for people and programs', () => {
    const claim = aClaim({ model: 'gpt-4o' });
    const error = rateLimited({ claim, remaining: 0, resetMs: 41_500, waitMs: 2_100 }, NOW_MS);
    expect([error.status, error.code, error.retryAfterSeconds]).toEqual([429, 'rate_limited', 3]);
    expect(error.message).toBe(
      'Rate limit exceeded for team research and model gpt-4o: at most 60 requests per minute, of which 0 are left. It is free again at 2026-11-30T12:00:41.500Z at the latest.',
    );
    expect(error.details).toEqual({
      rate_limit: {
        scope: 'team',
        id: 'research',
        model: 'gpt-4o',
        type: 'requests',
        limit: 60,
        remaining: 0,
        resets_at: '2026-11-30T12:00:41.500Z',
      },
    });
    expect(error.headers).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '41.5s',
      rate_limit_type: 'requests',
      reset_at: '2026-11-30T12:00:41.500Z',
    });
  });

  it('asks for at least a second, also where the end of other requests is not known', () => {
    const claim = aClaim({ type: 'max_parallel_requests', limit: 2 });
    const error = rateLimited({ claim, remaining: 0, resetMs: 0, waitMs: null }, NOW_MS);
    expect(error.retryAfterSeconds).toBe(1);
    expect(error.message).toContain('at most 2 parallel requests');
    expect(error.headers).toEqual({ rate_limit_type: 'concurrent_requests' });
  });

  it('names no instant where it is not known when the limit is free again', () => {
    const slots = aClaim({ type: 'max_parallel_requests', limit: 2 });
    const never = aClaim({ limit: 0 });
    for (const claim of [slots, never]) {
      const { details } = rateLimited({ claim, remaining: 0, resetMs: 0, waitMs: null }, NOW_MS);
      expect(details).toMatchObject({ rate_limit: { resets_at: null } });
    }
  });

  it('names the model in the place of a deployment, whose id is in the log alone', () => {
    const claim = aClaim({ scope: 'deployment', id: 'internal-7', model: 'gpt-4o' });
    const error = rateLimited({ claim, remaining: 0, resetMs: 5, waitMs: 5 }, NOW_MS);
    expect(error.message).toContain('exceeded for a deployment of model gpt-4o: at most 60');
    expect(error.details).toMatchObject({ rate_limit: { scope: 'deployment', id: 'gpt-4o' } });
    expect(JSON.stringify([error.message, error.details, error.headers])).not.toContain('internal');
    expect(error.context).toMatchObject({ deployment: 'internal-7' });
  });

  it('tells a request that is larger than the whole limit not to try again', () => {
    const claim = aClaim({ type: 'tokens', limit: 1000, amount: 4096 });
    const error = rateLimited({ claim, remaining: 1000, resetMs: 0, waitMs: null }, NOW_MS);
    expect(error.retryAfterSeconds).toBeNull();
    expect(error.headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(error.message).toContain('it may use 4096 tokens');
  });
});

describe('the headers of a request with rate limits', () => {
  it('are those of the tightest limit of requests and of tokens', () => {
    const states = [
      { claim: aClaim({ limit: 60 }), remaining: 7, resetMs: 400 },
      { claim: aClaim({ limit: 10 }), remaining: 7, resetMs: 60_100 },
      { claim: aClaim({ limit: 100 }), remaining: 8, resetMs: 1 },
      { claim: aClaim({ type: 'tokens', limit: 5000 }), remaining: 0, resetMs: 12_500 },
      { claim: aClaim({ type: 'max_parallel_requests', limit: 1 }), remaining: 0, resetMs: 0 },
    ];
    expect(rateHeadersOf(states)).toEqual({
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '7',
      'x-ratelimit-reset-requests': '1m0.1s',
      'x-ratelimit-limit-tokens': '5000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '12.5s',
    });
    expect(rateHeadersOf([])).toEqual({});
  });

  it.each([
    [-5, '0ms'],
    [0.2, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [59_900, '59.9s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
  ])('write %d milliseconds as %s', (milliseconds, text) => {
    expect(durationInWords(milliseconds)).toBe(text);
  });
});
