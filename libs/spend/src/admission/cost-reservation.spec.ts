import { aDeployment, anAccessContext } from '#support/access-builders';
import { dearestBound, type CostRequest } from './cost-request.js';
import { CostReservation } from './cost-reservation.js';
import { UnlimitedCostAdmission } from './unlimited-cost-admission.js';

const cheap = aDeployment({ id: 'cheap' });
const dear = aDeployment({ id: 'dear' });
const free = aDeployment({ id: 'free' });

const request: CostRequest = {
  requestId: 'req_1',
  attribution: anAccessContext().attribution,
  tags: [],
  modelGroup: 'chat',
  bounds: new Map([
    [cheap, 2n],
    [dear, 9n],
    [free, 0n],
  ]),
  unpriced: new Set(),
  leastPico: 9n,
  outputTokensBound: 10,
  estimateInputTokens: () => 4,
};

describe('a cost reservation', () => {
  it('shares out to an attempt the bound of its deployment, at most what is held', () => {
    const shares = (heldPico: bigint): bigint[] => {
      const reservation = new CostReservation(request, heldPico, () => undefined);
      return [cheap, dear, free].map((deployment) => reservation.shareOf(deployment));
    };
    expect(shares(9n)).toEqual([2n, 9n, 0n]);
    expect(shares(5n)).toEqual([2n, 5n, 0n]);
  });

  it('adds up what its attempts cost, and reports the cost when it is released', () => {
    const released: bigint[] = [];
    const reservation = new CostReservation(request, 9n, (bookedPico) => released.push(bookedPico));
    expect(reservation.booked).toEqual({ inputTokens: 0, outputTokens: 0, costPico: 0n });
    reservation.book(3n, { inputTokens: 10, cachedInputTokens: 4, outputTokens: 1 });
    reservation.book(0n, null);
    reservation.book(4n, { inputTokens: 2, cachedInputTokens: 0, outputTokens: 5 });
    expect(reservation.booked).toEqual({ inputTokens: 12, outputTokens: 6, costPico: 7n });
    expect(released).toEqual([]);
    reservation.release();
    expect(released).toEqual([7n]);
  });
});

describe('the unlimited cost admission', () => {
  const admission = new UnlimitedCostAdmission();

  it('admits every request and holds the bound of its dearest deployment', async () => {
    const reservation = admission.admit(request);
    expect(reservation.request).toBe(request);
    expect(reservation.shareOf(dear)).toBe(9n);
    reservation.release();
    expect(await admission.wouldRefuse()).toBeNull();
  });

  it('has no budgets', async () => {
    expect(await admission.remaining()).toEqual([]);
  });
});

describe('the dearest bound', () => {
  it.each([
    ['of several deployments is the highest', request.bounds, 9n],
    ['without a known price is zero', new Map([[free, 0n]]), 0n],
  ])('%s', (_what, bounds, expected) => {
    expect(dearestBound({ bounds })).toBe(expected);
  });
});
