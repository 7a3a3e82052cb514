import { Clock, isGatehouseError } from '#libs/common';
import type { SettingsStore } from '#libs/config';
import type { CostRequest } from '#libs/spend';
import { anAccessContext } from '#support/access-builders';
import type { EffectiveLimits } from '../effective/effective-limits.js';
import type { ScopeLimits } from '../effective/scope-limits.js';
import type { TagModels } from '../effective/tag-models.js';
import type { MoneyAdmission } from '../holds/money-admission.js';
import { RateAdmission } from '../rates/rate-admission.js';
import { DeploymentFailures } from '../rates/deployment-failures.js';
import { DeploymentRates } from './deployment-rates.js';
import { LocalCounters } from '../rates/local-counters.js';
import { LimitsAdmission } from './limits-admission.js';

const STARTED_MS = Date.parse('2026-11-30T12:00:00Z');
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DEPLOYMENT = {
  ...{ id: 'd', provider: 'openai' },
  limits: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null },
} as Parameters<DeploymentRates['take']>[0];

/** A clock that is set forward by an hour after each reading. */
class SteppingClock extends Clock {
  readings = 0;

  override nowMs(): number {
    this.readings += 1;
    return STARTED_MS + this.readings * HOUR_MS;
  }
}

function aRequest(): CostRequest {
  return {
    ...{ attribution: anAccessContext().attribution, tags: [], requestId: 'r', modelGroup: 'm' },
    ...{ bounds: new Map(), leastPico: 0n, unpriced: new Set(), outputTokensBound: 1 },
    estimateInputTokens: () => 1,
  };
}

function admissionWith(limits: ScopeLimits['limits'], gateway: ScopeLimits['limits'] = {}) {
  const [counters, clock] = [new LocalCounters(), new SteppingClock()];
  const failures = new DeploymentFailures();
  const nothing = { refusal: () => null, hold: () => null };
  const admission = new LimitsAdmission(
    {
      of: () => [{ scope: 'key', id: 'k', limits }],
      missingBudget: () => null,
    } as unknown as EffectiveLimits,
    new RateAdmission(counters, { current: { budgets: { gateway } } } as SettingsStore),
    nothing as unknown as MoneyAdmission,
    nothing as unknown as TagModels,
    clock,
    failures,
  );
  return { admission, rates: new DeploymentRates(counters, clock), clock, failures };
}

async function refusalOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    if (isGatehouseError(error)) return error.details['rate_limit'];
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the admission of a request by its limits', () => {
  it('counts a request once over several model groups, and each group by its own limit', async () => {
    const { admission, rates } = admissionWith({
      requestsPerMinute: 2,
      tokensPerMinute: 100,
      modelRequestsPerMinute: { other: 1 },
    });
    const first = await admission.admit(aRequest());
    await rates.take(DEPLOYMENT, first);
    first.release();
    const other = { ...aRequest(), modelGroup: 'other' };
    const second = await admission.admit(other, first);
    await rates.take(DEPLOYMENT, second);
    expect(second.headers).toMatchObject({ 'x-ratelimit-limit-requests': '1' });
    second.release();
    // One of two requests is left; that of the model is not.
    expect(await refusalOf(() => admission.admit(other))).toMatchObject({ model: 'other' });
    const next = await admission.admit(aRequest());
    await rates.take(DEPLOYMENT, next);
    expect(await refusalOf(() => admission.admit(aRequest()))).toMatchObject({ limit: 2 });
  });

  it('counts nothing before it has a place at a deployment, and refuses then by the instant of its admission', async () => {
    const { admission, rates, clock } = admissionWith({ requestsPerMinute: 1 });
    const [first, second] = [await admission.admit(aRequest()), await admission.admit(aRequest())];
    expect([first.headers, clock.readings]).toEqual([{}, 2]);
    await rates.take(DEPLOYMENT, first);
    expect(first.headers).toMatchObject({ 'x-ratelimit-remaining-requests': '0' });
    const late = await refusalOf(() => rates.take(DEPLOYMENT, second));
    const early = await refusalOf(() => admission.admit(aRequest()));
    expect(clock.readings).toBe(3);
    for (const [refusal, readings] of [
      [late, 2],
      [early, 3],
    ] as const) {
      const { resets_at: resetsAt } = refusal as { resets_at: string };
      const afterMs = Date.parse(resetsAt) - STARTED_MS - readings * HOUR_MS;
      expect(Math.abs(afterMs - MINUTE_MS)).toBeLessThan(MINUTE_MS / 2);
    }
  });

  it('counts a request once, whichever deployments it is tried at, and none that got no place', async () => {
    const { admission, rates } = admissionWith({ requestsPerMinute: 2, maxParallelRequests: 1 });
    const given = await admission.admit(aRequest());
    given.release();
    const tried = await admission.admit(aRequest());
    for (const ticket of [await rates.take(DEPLOYMENT, tried), await rates.take(DEPLOYMENT, tried)])
      ticket?.release(0);
    expect(await refusalOf(() => admission.admit(aRequest()))).toMatchObject({
      type: 'max_parallel_requests',
      resets_at: null,
    });
    tried.release();
    const last = await admission.admit(aRequest());
    expect(await rates.take(DEPLOYMENT, last)).not.toBeNull();
    last.release();
    expect(await refusalOf(() => admission.admit(aRequest()))).toMatchObject({ type: 'requests' });
  });

  it('keeps a dynamic limit only while more than one attempt at the model has failed in a minute', async () => {
    const { admission, rates, failures } = admissionWith({
      ...{ requestsPerMinute: 1, requestsType: 'dynamic' },
      ...{ tokensPerMinute: 3, tokensType: 'dynamic' },
    });
    const request = { ...aRequest(), bounds: new Map([[DEPLOYMENT, 0n]]) };
    const call = async (): Promise<unknown> =>
      rates.take(DEPLOYMENT, await admission.admit(request));
    for (let count = 0; count < 5; count += 1) expect(await call()).not.toBeNull();
    failures.note(DEPLOYMENT);
    failures.note({ id: 'another' });
    failures.note({ id: 'another' });
    for (let count = 0; count < 5; count += 1) expect(await call()).not.toBeNull();
    failures.note(DEPLOYMENT);
    expect(await call()).not.toBeNull();
    expect(await refusalOf(call)).toMatchObject({ scope: 'key', limit: 1 });
  });

  it('keeps the parallel requests of the whole gateway, also for callers without limits', async () => {
    const { admission, rates } = admissionWith({}, { maxParallelRequests: 1 });
    const running = await admission.admit(aRequest());
    await rates.take(DEPLOYMENT, running);
    expect(await refusalOf(() => admission.admit(aRequest()))).toMatchObject({
      ...{ scope: 'gateway', id: '', type: 'max_parallel_requests', limit: 1 },
    });
    running.release();
    expect(await admission.admit(aRequest())).toBeDefined();
  });
});
