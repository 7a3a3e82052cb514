import { settingsFromYaml, type DeploymentSettings, type FailureClass } from '#libs/config';
import type { AttemptFailure } from './attempt-failure.js';
import { Attempts, type AttemptRules, type NextAttempt } from './retries.js';

const [one, two] = settingsFromYaml(`model_list:
  - { model_name: m, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k } }
  - { model_name: m, litellm_params: { model: openai/2, api_base: "http://127.0.0.1:9/v1", api_key: k } }
`).deployments;
if (one === undefined || two === undefined) throw new Error('two deployments are expected');
const both = [one, two];

const failed = (failure: Partial<AttemptFailure> = {}): AttemptFailure => ({
  failure: 'unavailable',
  requestedMs: null,
  mayRepeatHere: true,
  isFinal: false,
  ...failure,
});

function attemptsAt(
  deployments: readonly DeploymentSettings[],
  retries: number | ((failure: FailureClass) => number),
  rules: Partial<AttemptRules> = {},
): Attempts {
  return new Attempts(deployments, {
    choose: ([first]) => first ?? null,
    retryLimit: (_at, failure) => (typeof retries === 'number' ? retries : retries(failure)),
    leastPauseMs: 0,
    ...rules,
  });
}

/** All attempts of a call of which each fails alike. */
function allOf(attempts: Attempts, failure = failed()): NextAttempt[] {
  const made: NextAttempt[] = [];
  for (let next = attempts.first(); next !== null;) {
    made.push(next);
    next = attempts.after(next.deployment, failure);
  }
  return made;
}

describe('Attempts', () => {
  it('tries every deployment once before any again, at most as often as the limit says', () => {
    const attempts = attemptsAt(both, 2);
    expect(allOf(attempts)).toEqual([
      { deployment: one, pauseMs: 0 },
      { deployment: two, pauseMs: 0 },
      { deployment: one, pauseMs: 250 },
    ]);
    expect(attempts.retries).toBe(2);
  });

  it('doubles the pause before the same deployment, up to two seconds', () => {
    const pauses = allOf(attemptsAt([one], 6)).map(({ pauseMs }) => pauseMs);
    expect(pauses).toEqual([0, 250, 500, 1_000, 2_000, 2_000, 2_000]);
  });

  it('waits as long as the upstream asks, but not for long, and at least as long as the settings say', () => {
    const pauseAfter = (requestedMs: number, leastPauseMs = 0): number | undefined =>
      allOf(attemptsAt([one], 1, { leastPauseMs }), failed({ requestedMs }))[1]?.pauseMs;
    expect(pauseAfter(0)).toBe(0);
    expect(pauseAfter(2_000)).toBe(2_000);
    expect(pauseAfter(3_000)).toBeUndefined();
    expect(pauseAfter(0, 5_000)).toBe(5_000);
  });

  it('never returns to a deployment that may not be repeated', () => {
    const made = allOf(attemptsAt(both, 5), failed({ mayRepeatHere: false }));
    expect(made.map(({ deployment }) => deployment)).toEqual(both);
  });

  it('goes by the limit of the last failure', () => {
    const limits: Partial<Record<FailureClass, number>> = { unavailable: 5, internal: 1 };
    const attempts = attemptsAt([one], (failure) => limits[failure] ?? 0);
    attempts.first();
    expect(attempts.after(one, failed())).not.toBeNull();
    expect(attempts.after(one, failed({ failure: 'internal' }))).toBeNull();
  });

  it('ends where the upstream says that another attempt is pointless', () => {
    expect(allOf(attemptsAt(both, 5), failed({ isFinal: true }))).toHaveLength(1);
  });

  it('uses no retry up for a deployment that was passed over', () => {
    const attempts = attemptsAt(both, 0);
    attempts.first();
    expect(attempts.insteadOf(one)).toEqual({ deployment: two, pauseMs: 0 });
    expect(attempts.retries).toBe(0);
    expect(attempts.after(two, failed())).toBeNull();
  });

  it('makes none while all deployments are left out', () => {
    const attempts = attemptsAt(both, 2, { choose: () => null });
    expect(attempts.first()).toBeNull();
  });
});
