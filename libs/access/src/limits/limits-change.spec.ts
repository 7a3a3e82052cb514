import fc from 'fast-check';
import type { Limits } from './limits.js';
import { changedLimits, type NamedLimits } from './limits-change.js';

const EARLIER = new Date('2026-01-01T00:00:00.000Z');
const LATER = new Date('2026-02-01T00:00:00.000Z');
const since = EARLIER.toISOString();
const made = (named: NamedLimits): Limits => changedLimits({}, named, EARLIER);
const changed = (current: Limits, named: NamedLimits): Limits =>
  changedLimits(current, named, LATER);

const durations = fc.constantFrom('30s', '12h', '1d', '30d', '1mo');
const amounts = fc.constantFrom('0', '0.5', '100');
const rates = fc.nat();
const members = {
  maxBudget: amounts,
  duration: durations,
  furtherBudgets: fc.array(fc.record({ maxBudget: amounts, duration: durations }), {
    minLength: 1,
  }),
  softBudget: amounts,
  budgetId: fc.string({ minLength: 1 }),
  modelBudgets: fc.dictionary(
    fc.string(),
    fc.record({ maxBudget: amounts, duration: fc.option(durations) }),
    { minKeys: 1 },
  ),
  temporaryIncrease: fc.record({ amount: fc.constant('1'), until: fc.constant(since) }),
  requestsPerMinute: rates,
  tokensPerMinute: rates,
  maxParallelRequests: rates,
  modelRequestsPerMinute: fc.dictionary(fc.string(), rates, { minKeys: 1 }),
  modelTokensPerMinute: fc.dictionary(fc.string(), rates, { minKeys: 1 }),
};
const namedLimits = fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<NamedLimits>;

describe('a change of limits', () => {
  it('leaves everything that it does not name, and changes nothing when it is repeated', () => {
    fc.assert(
      fc.property(namedLimits, (named) => {
        const limits = made(named);
        expect(changed(limits, {})).toEqual(limits);
        expect(changed(limits, named)).toEqual(limits);
      }),
    );
  });

  it('clears everything that it names by null', () => {
    const nothing = Object.fromEntries(Object.keys(members).map((name) => [name, null]));
    fc.assert(
      fc.property(namedLimits, (named) => {
        expect(changed(made(named), nothing)).toEqual({});
      }),
    );
  });

  it('of one member leaves the others, so that two changes may come in any order', () => {
    fc.assert(
      fc.property(namedLimits, namedLimits, (named, other) => {
        const rest = Object.fromEntries(
          Object.entries(other).filter(([name]) => !(name in named)),
        ) as NamedLimits;
        const limits = made({});
        expect(changed(changed(limits, named), rest)).toEqual(
          changed(changed(limits, rest), named),
        );
      }),
    );
  });

  it('counts a duration from the clock when the duration changes, and only then', () => {
    const duration = made({ duration: '1d' });
    expect(duration).toEqual({ duration: { duration: '1d', since } });
    const budget = changed(duration, { maxBudget: '5' });
    expect(budget).toEqual({
      budgets: [{ maxBudget: '5', duration: '1d', since }],
      hasMainBudget: true,
    });
    expect(changed(budget, { maxBudget: '6', duration: '1d' }).budgets).toEqual([
      { maxBudget: '6', duration: '1d', since },
    ]);
    expect(changed(budget, { duration: '2d' }).budgets).toEqual([
      { maxBudget: '5', duration: '2d', since: LATER.toISOString() },
    ]);
    expect(changed(budget, { maxBudget: null })).toEqual(duration);
  });

  it('counts each further cap, and each cap of a model, from when its own duration was set', () => {
    const limits = made({
      furtherBudgets: [{ maxBudget: '1', duration: '1h' }],
      modelBudgets: { mini: { maxBudget: '1', duration: '1h' } },
    });
    const after = changed(limits, {
      furtherBudgets: [
        { maxBudget: '2', duration: '1h' },
        { maxBudget: '9', duration: '12h' },
      ],
      modelBudgets: {
        mini: { maxBudget: '2', duration: '1h' },
        large: { maxBudget: '2', duration: '1h', models: ['a', 'b'] },
      },
    });
    expect(after).toEqual({
      budgets: [
        { maxBudget: '2', duration: '1h', since },
        { maxBudget: '9', duration: '12h', since: LATER.toISOString() },
      ],
      modelBudgets: {
        mini: { maxBudget: '2', duration: '1h', since },
        large: { maxBudget: '2', duration: '1h', models: ['a', 'b'], since: LATER.toISOString() },
      },
    });
  });

  it('holds zero as a limit, which allows nothing', () => {
    expect(made({ maxBudget: '0', requestsPerMinute: 0 })).toEqual({
      budgets: [{ maxBudget: '0', duration: null, since }],
      hasMainBudget: true,
      requestsPerMinute: 0,
    });
  });

  it('of the members of a team leaves the limits of the team', () => {
    const limits = made({ maxBudget: '5', members: { maxBudget: '1', requestsPerMinute: 3 } });
    expect(changed(limits, { members: { maxBudget: null } })).toEqual({
      budgets: [{ maxBudget: '5', duration: null, since }],
      hasMainBudget: true,
      members: { requestsPerMinute: 3 },
    });
    expect(changed(limits, { members: { maxBudget: null, requestsPerMinute: null } })).toEqual(
      made({ maxBudget: '5' }),
    );
  });

  it('begins the window of max_budget anew, with what is to count as spent, and again later', () => {
    const row = made({ maxBudget: '5' });
    const begun = changed(row, { spent: '2' });
    expect(begun).toEqual({ ...row, restarts: [{ at: LATER.toISOString(), spent: '2' }] });
    const resetAt = '2026-03-01T00:00:00.000Z';
    const planned = changed(begun, { resetAt });
    expect(planned.restarts).toEqual([
      { at: LATER.toISOString(), spent: '2' },
      { at: resetAt, spent: '0' },
    ]);
    expect(changed(planned, { maxBudget: '6', duration: '1d' }).restarts).toEqual(planned.restarts);
    expect(changed(planned, { resetAt: null }).restarts).toEqual(begun.restarts);
  });

  it('leaves out what began an earlier window anew', () => {
    const twice = changedLimits(made({ spent: '1' }), { spent: '0' }, LATER);
    expect(twice).toEqual({ restarts: [{ at: LATER.toISOString(), spent: '0' }] });
  });
});
