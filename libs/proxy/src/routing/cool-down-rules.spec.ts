import type { CoolDownSettings, FailureClass } from '#libs/config';
import { coolDownMs, type DeploymentFailure, type MinuteCounts } from './cool-down-rules.js';

const FIVE_SECONDS: CoolDownSettings = { seconds: 5, allowedFails: {} };

function after(
  failure: FailureClass,
  settings: Partial<CoolDownSettings> = {},
  more: Partial<DeploymentFailure & MinuteCounts> = {},
): number {
  const facts = { requestedMs: null, groupSize: 2, attempts: 1, failures: 1, ...more };
  return coolDownMs({ ...FIVE_SECONDS, ...settings }, { failure, ...facts }, facts);
}

describe('a deployment that failed', () => {
  it.each(['rate-limit', 'authentication', 'not-found', 'timeout'] as const)(
    'is left out at once after %s, but not as the only one of its group',
    (failure) => {
      expect(after(failure)).toBe(5_000);
      expect(after(failure, {}, { groupSize: 1 })).toBe(0);
    },
  );

  it.each([
    [4, 4, 0],
    [5, 3, 5_000],
    [6, 3, 0],
    [10, 6, 5_000],
  ])('of %i attempts with %i failures is left out for %i ms', (attempts, failures, expected) => {
    expect(after('internal', {}, { attempts, failures })).toBe(expected);
  });

  it('alone in its group is left out from 1,000 attempts on', () => {
    const alone = { groupSize: 1, failures: 999 };
    expect(after('internal', {}, { ...alone, attempts: 999 })).toBe(0);
    expect(after('internal', {}, { ...alone, attempts: 1_000 })).toBe(5_000);
  });

  it.each(['bad-request', 'content-policy'] as const)('by %s is not at fault', (failure) => {
    expect(after(failure, {}, { attempts: 9, failures: 9 })).toBe(0);
  });

  it('may fail as often as its settings allow, also as the only one', () => {
    const allowed = { allowedFails: { 'rate-limit': 2, 'bad-request': 0 } };
    expect(after('rate-limit', allowed, { failures: 2 })).toBe(0);
    expect(after('rate-limit', allowed, { failures: 3, groupSize: 1 })).toBe(5_000);
    expect(after('bad-request', allowed)).toBe(5_000);
  });

  it('is left out for as long as its upstream asks, at most an hour', () => {
    expect(after('rate-limit', {}, { requestedMs: 30_000 })).toBe(30_000);
    expect(after('unavailable', {}, { requestedMs: 2_000 })).toBe(2_000);
    expect(after('rate-limit', {}, { requestedMs: 86_400_000 })).toBe(3_600_000);
    expect(after('rate-limit', {}, { requestedMs: 0 })).toBe(0);
  });

  it('is never left out with a time of 0', () => {
    expect(after('rate-limit', { seconds: 0 }, { requestedMs: 30_000 })).toBe(0);
  });
});
