import type { Limits } from './limits.js';
import { isGuaranteed, overAllocationOf } from './guaranteed-limits.js';

const OWN: Limits = { requestsPerMinute: 200, requestsType: 'guaranteed_throughput' };
const MODEL: Limits = {
  modelTokensPerMinute: { 'gpt-4o': 70 },
  tokensType: 'guaranteed_throughput',
};

describe('guaranteed rate limits', () => {
  it.each<[string, Limits, Limits, readonly Limits[], object | null]>([
    ['fit where the owner has no limit', OWN, {}, [OWN, { requestsPerMinute: 9_000 }], null],
    [
      'fit up to the limit',
      OWN,
      { requestsPerMinute: 300 },
      [OWN, { requestsPerMinute: 100 }],
      null,
    ],
    [
      'do not fit beyond it, also where the others have no type',
      OWN,
      { requestsPerMinute: 300 },
      [OWN, { requestsPerMinute: 101 }],
      { member: 'rpm_limit', model: null, allocated: 301, limit: 300 },
    ],
    [
      'by model count against the limit of that model',
      MODEL,
      { tokensPerMinute: 1_000, modelTokensPerMinute: { 'gpt-4o': 100 } },
      [MODEL, { modelTokensPerMinute: { 'gpt-4o': 31, other: 900 } }],
      { member: 'model_tpm_limit', model: 'gpt-4o', allocated: 101, limit: 100 },
    ],
    [
      'by model count against the limit of all models where there is none',
      MODEL,
      { tokensPerMinute: 69 },
      [MODEL],
      { member: 'model_tpm_limit', model: 'gpt-4o', allocated: 70, limit: 69 },
    ],
    [
      'of one kind say nothing about the other',
      { ...OWN, tokensPerMinute: 9 },
      { tokensPerMinute: 1, requestsPerMinute: 200 },
      [{ ...OWN, tokensPerMinute: 9 }],
      null,
    ],
  ])('%s', (...given) => {
    const [, own, owner, all, expected] = given;
    expect(overAllocationOf(own, owner, all)).toEqual(expected);
    expect(isGuaranteed(own)).toBe(true);
  });

  it('are those of that type alone', () => {
    const others: readonly Limits[] = [
      {},
      { requestsType: 'dynamic' },
      { tokensType: 'best_effort_throughput' },
    ];
    expect(others.map(isGuaranteed)).toEqual([false, false, false]);
  });
});
