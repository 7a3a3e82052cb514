import { settingsFromYaml } from '#libs/config';
import { Attempts, isRetryableResponse, requestedPauseMs, chooseWeighted } from './retries.js';

const [one, two] = settingsFromYaml(`model_list:
  - { model_name: m, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k } }
  - { model_name: m, litellm_params: { model: openai/2, api_base: "http://127.0.0.1:9/v1", api_key: k } }
`).deployments;
if (one === undefined || two === undefined) throw new Error('two deployments are expected');
const single = [one];

describe('Attempts', () => {
  it('tries every deployment once before any again, at most numRetries times more', () => {
    const attempts = new Attempts([one, two], 2, () => 0);
    expect(attempts.next()).toEqual({ deployment: one, pauseMs: 0 });
    expect(attempts.next()).toEqual({ deployment: two, pauseMs: 0 });
    expect(attempts.next()).toEqual({ deployment: one, pauseMs: 250 });
    expect(attempts.next()).toBeNull();
    expect(attempts.count).toBe(3);
  });

  it('doubles the pause before the same deployment', () => {
    const attempts = new Attempts([one], 3, () => 0);
    const pauses = [attempts.next(), attempts.next(), attempts.next(), attempts.next()];
    expect(pauses.map((next) => next?.pauseMs)).toEqual([0, 250, 500, 1_000]);
  });

  it('waits as long as the upstream asks, but not for long', () => {
    expect(afterFirst(0)).toMatchObject({ pauseMs: 0 });
    expect(afterFirst(2_000)).toMatchObject({ pauseMs: 2_000 });
    expect(afterFirst(3_000)).toBeNull();
  });

  it('never returns to a deployment that was excluded, with and without others left', () => {
    const attempts = new Attempts([one, two], 5, () => 0);
    expect(attempts.next()).toEqual({ deployment: one, pauseMs: 0 });
    attempts.exclude(one);
    expect(attempts.next()).toEqual({ deployment: two, pauseMs: 0 });
    expect(attempts.next()?.deployment).toBe(two);
    attempts.exclude(two);
    expect(attempts.next()).toBeNull();
    expect(attempts.count).toBe(3);
  });

  it('makes one attempt when there are no retries', () => {
    const attempts = new Attempts([one, two], 0, () => 0);
    expect(attempts.next()).not.toBeNull();
    expect(attempts.next()).toBeNull();
  });

  function afterFirst(requestedMs: number) {
    const attempts = new Attempts(single, 2, () => 0);
    attempts.next();
    return attempts.next(requestedMs);
  }
});

describe('what an answer says about another attempt', () => {
  it.each([
    [429, true],
    [500, true],
    [502, true],
    [503, true],
    [504, true],
    [400, false],
    [401, false],
    [404, false],
    [501, false],
    [200, false],
  ])('status %i: %s', (status, expected) => {
    expect(isRetryableResponse(status, {})).toBe(expected);
  });

  it('obeys an upstream that says that it is pointless', () => {
    expect(isRetryableResponse(429, { 'x-should-retry': 'false' })).toBe(false);
  });

  it('reads a pause in seconds alone', () => {
    expect(requestedPauseMs({ 'retry-after': '2' })).toBe(2_000);
    expect(requestedPauseMs({ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' })).toBeNull();
    expect(requestedPauseMs({})).toBeNull();
  });
});

describe('chooseWeighted', () => {
  const candidates = [{ weight: 1 }, { weight: 0 }, { weight: 3 }];

  it('gives each its share', () => {
    const counts = [0, 0, 0];
    for (let step = 0; step < 400; step += 1) {
      const chosen = chooseWeighted(candidates, step / 400);
      const index = chosen === null ? -1 : candidates.indexOf(chosen);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(counts).toEqual([100, 0, 300]);
  });

  it('takes all alike when no weight is positive', () => {
    const idle = [{ weight: 0 }, { weight: -1 }];
    expect(chooseWeighted(idle, 0)).toBe(idle[0]);
    expect(chooseWeighted(idle, 0.99)).toBe(idle[1]);
  });

  it('finds nothing among nothing', () => {
    expect(chooseWeighted([], 0.5)).toBeNull();
  });
});
