import { costHeaders } from './cost-headers.js';

const usage = { inputTokens: 1_000, cachedInputTokens: 0, outputTokens: 10 };
const unitUsd = { input: '0.000001', output: '0.0001' };
const headersOf = (basis: object, counted: object = usage) =>
  Object.fromEntries(
    costHeaders({ costPico: 5n, usage: { ...usage, ...counted }, basis: { unitUsd, ...basis } }),
  );
const cost = { 'x-litellm-response-cost': '0.000000000005' };
const parts = {
  'x-litellm-response-cost-input': '0.001000000000',
  'x-litellm-response-cost-output': '0.001000000000',
};

describe('costHeaders', () => {
  it('name the cost alone for a call without a known price', () => {
    expect(costHeaders({ costPico: 0n, usage: null, basis: null })).toEqual([
      ['x-litellm-response-cost', '0.000000000000'],
    ]);
  });

  it('name the parts that there are, those of caches also within the input', () => {
    expect(headersOf({})).toEqual({ ...cost, ...parts });
    const prices = {
      ...{ input: '0.000001', cachedInput: '0.0000001', cacheWrite: '0.000002' },
      ...{ output: '0.0001', reasoning: '0.0002', searchLow: '0.01' },
    };
    const details = { cacheWrite: 200, reasoning: 4, searchLow: 2 };
    expect(headersOf({ unitUsd: prices }, { cachedInputTokens: 300, details })).toEqual({
      ...cost,
      // 500 plain, 300 from the cache, 200 into it.
      'x-litellm-response-cost-input': '0.000930000000',
      'x-litellm-response-cost-output': '0.001400000000',
      'x-litellm-response-cost-cache-read': '0.000030000000',
      'x-litellm-response-cost-cache-creation': '0.000400000000',
      'x-litellm-response-cost-reasoning': '0.000800000000',
      'x-litellm-response-cost-tool-usage': '0.020000000000',
    });
  });

  it('name the cost before discount and margin, and both, exactly', () => {
    // 0.002 dollars, of which a quarter is taken off, and a tenth of the rest and half a dollar are added.
    expect(headersOf({ discount: '0.25', margin: '0.1', fixedUsd: '0.5' })).toEqual({
      ...cost,
      ...parts,
      'x-litellm-response-cost-original': '0.002000000000',
      'x-litellm-response-cost-discount-amount': '0.000500000000',
      'x-litellm-response-cost-margin-amount': '0.500150000000',
      'x-litellm-response-cost-margin-percent': '0.1',
    });
  });

  it('leave out what does not apply', () => {
    expect(headersOf({ discount: '0.5' })).toEqual({
      ...cost,
      ...parts,
      'x-litellm-response-cost-original': '0.002000000000',
      'x-litellm-response-cost-discount-amount': '0.001000000000',
    });
    expect(headersOf({ fixedUsd: '0.5' })).toEqual({
      ...cost,
      ...parts,
      'x-litellm-response-cost-original': '0.002000000000',
      'x-litellm-response-cost-margin-amount': '0.500000000000',
    });
  });
});
