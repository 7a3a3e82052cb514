import type { MoneyLimit } from '#libs/access';
import { deploymentOf } from '#support/deployment-settings';
import { moneyClaimsOf } from '../holds/money-claims.js';
import { claimsOf } from '../rates/rate-claims.js';
import { mostSpecificName, type RequestedModel } from './model-limits.js';

/** A request for a model group whose deployments have these `litellm_params.model`. */
function requestOf(modelGroup: string, ...models: readonly string[]): RequestedModel {
  const deployments = models.map((model) => deploymentOf(`model: ${model}, api_key: k`));
  return { modelGroup, bounds: new Map(deployments.map((one) => [one, 0n])) };
}

const FIXED = requestOf('fixed', 'openai/gpt-4o-mini');
const PREFIXED = requestOf('openai/gpt-4o', 'openai/gpt-4o');
const MIXED = requestOf('chat', 'openai/gpt-4o', 'mistral/large');

describe('the limit of a model', () => {
  it.each<[string, RequestedModel, readonly string[], string | null]>([
    ['that of its model group', FIXED, ['*', 'openai/fixed', 'fixed'], 'fixed'],
    ['that of a name with wildcards', FIXED, ['f*', 'nonexistent'], 'f*'],
    [
      'that of the group with the prefix of its provider',
      FIXED,
      ['openai/fixed', '*'],
      'openai/fixed',
    ],
    [
      'that of the model of its deployment',
      FIXED,
      ['openai/gpt-4o-mini', 'f*'],
      'openai/gpt-4o-mini',
    ],
    [
      'that of the group without the prefix of its provider',
      PREFIXED,
      ['gpt-4o', 'gpt-*'],
      'gpt-4o',
    ],
    [
      'that of the group before that without a prefix',
      PREFIXED,
      ['gpt-4o', 'openai/gpt-4o'],
      'openai/gpt-4o',
    ],
    [
      'that of the wildcards with the most literal characters',
      PREFIXED,
      ['*', 'openai/*', 'openai/gpt-*'],
      'openai/gpt-*',
    ],
    ['that of wildcards for its provider', FIXED, ['*', 'openai/*'], 'openai/*'],
    ['that of any of its deployments', MIXED, ['mistral/*', '*'], 'mistral/*'],
    ['none of another model', FIXED, ['nonexistent', 'azure/fixed', 'gpt-4o-mini', 'x*'], null],
    ['none of a part of its name', requestOf('fixed-2', 'openai/x'), ['fixed'], null],
    ['none without a limit', FIXED, [], null],
  ])('is %s', (_what, request, names, expected) => {
    expect(mostSpecificName(names, request)).toBe(expected);
    expect(mostSpecificName(names.toReversed(), request)).toBe(expected);
  });

  it.each([FIXED, PREFIXED, MIXED])('is the same for money and rates', (request) => {
    const names = ['*', 'openai/*', 'openai/gpt-4o-mini', 'gpt-4o', 'mistral/*'];
    const cap: MoneyLimit = { maxBudget: '1', duration: null, since: '2026-01-01T00:00:00.000Z' };
    const limits = {
      modelBudgets: Object.fromEntries(names.map((name) => [name, cap])),
      modelRequestsPerMinute: Object.fromEntries(names.map((name) => [name, 5])),
    };
    const key = { scope: 'key', id: 'k', limits } as const;
    const time = { calendar: { zone: 'UTC', resetTime: '00:00' }, nowMs: 0 };
    const tokens = { estimateInputTokens: () => 1, outputTokensBound: 1 };
    const rated = { ...request, ...tokens, isFailing: () => false };
    const name = mostSpecificName(names, request);
    expect(moneyClaimsOf([key], request, time).map(({ id }) => id)).toEqual([`k:${String(name)}`]);
    expect(claimsOf([key], rated).map(({ model }) => model)).toEqual([name]);
  });

  it('is besides that of every group of models that covers it', () => {
    const cap: MoneyLimit = { maxBudget: '1', duration: null, since: '2026-01-01T00:00:00.000Z' };
    const modelBudgets = {
      '*': cap,
      fixed: cap,
      cheap: { ...cap, models: ['other', 'openai/gpt-4o-*'] },
      dear: { ...cap, models: ['other'] },
    };
    const user = { scope: 'user', id: 'u', limits: { modelBudgets } } as const;
    const time = { calendar: { zone: 'UTC', resetTime: '00:00' }, nowMs: 0 };
    const ids = (request: RequestedModel | null) =>
      moneyClaimsOf([user], request, time).map(({ shownId }) => shownId);
    expect(ids(FIXED)).toEqual(['u:fixed', 'u:cheap']);
    expect(
      ids(requestOf('other', 'azure/x, api_base: "https://a.example", api_version: "1"')),
    ).toEqual(['u:*', 'u:cheap', 'u:dear']);
    expect(ids(null)).toHaveLength(4);
  });
});
