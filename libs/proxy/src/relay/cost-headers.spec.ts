import { costHeaders } from './cost-headers.js';

const usage = { inputTokens: 1_000, cachedInputTokens: 0, outputTokens: 10 };
const unitUsd = { input: '0.000001', output: '0.0001' };
const headersOf = (basis: object) =>
  Object.fromEntries(costHeaders({ costPico: 5n, usage, basis: { unitUsd, ...basis } }));
const cost = { 'x-litellm-response-cost': '0.000000000005' };

describe('costHeaders', () => {
  it('name the cost alone without a discount and a margin, and for a call without a known price', () => {
    expect(headersOf({})).toEqual(cost);
    expect(costHeaders({ costPico: 0n, usage: null, basis: null })).toHaveLength(1);
  });

  it('name the cost before discount and margin, and both, exactly', () => {
    // 0.002 dollars, of which a quarter is taken off, and a tenth of the rest and half a dollar are added.
    expect(headersOf({ discount: '0.25', margin: '0.1', fixedUsd: '0.5' })).toEqual({
      ...cost,
      'x-litellm-response-cost-original': '0.002000000000',
      'x-litellm-response-cost-discount-amount': '0.000500000000',
      'x-litellm-response-cost-margin-amount': '0.500150000000',
      'x-litellm-response-cost-margin-percent': '0.1',
    });
  });

  it('leave out what does not apply', () => {
    expect(headersOf({ discount: '0.5' })).toEqual({
      ...cost,
      'x-litellm-response-cost-original': '0.002000000000',
      'x-litellm-response-cost-discount-amount': '0.001000000000',
    });
    expect(headersOf({ fixedUsd: '0.5' })).toEqual({
      ...cost,
      'x-litellm-response-cost-original': '0.002000000000',
      'x-litellm-response-cost-margin-amount': '0.500000000000',
    });
  });
});
