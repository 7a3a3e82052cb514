import { limitsChangeOf, toMetadata, valuesAfter, type Limits } from '#libs/access';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { UpdateKeyRequest } from './key.request.js';
import { keyMetadataOf, namedKeyLimitsOf } from './key-limits.request.js';
import { keyChangesOf, newKeyOf } from './key-values.request.js';

const KEY = 'sk-0123456789abcdef0123456789abcdef';
const requestOf = (body: object) => plainToInstance(UpdateKeyRequest, { key: KEY, ...body });
const messagesOf = async (body: object): Promise<string[]> =>
  (await validate(requestOf(body), { whitelist: true, forbidNonWhitelisted: true })).flatMap(
    ({ constraints }) => Object.values(constraints ?? {}),
  );
const increaseOf = (body: object) => namedKeyLimitsOf(requestOf(body)).temporaryIncrease;

describe('a temporary increase of a key’s budget', () => {
  it.each([
    ['2097-01-15', '2097-01-15T00:00:00.000Z'],
    ['2097-01-15T08:30', '2097-01-15T08:30:00.000Z'],
    ['2097-01-15 08:30:01.5', '2097-01-15T08:30:01.500Z'],
    ['2097-01-15T08:30:00Z', '2097-01-15T08:30:00.000Z'],
    ['2097-01-15T08:30:00+01:00', '2097-01-15T07:30:00.000Z'],
  ])('ends at %s', async (temp_budget_expiry, until) => {
    const body = { temp_budget_increase: 2.5, temp_budget_expiry };
    expect(await messagesOf(body)).toEqual([]);
    expect(increaseOf(body)).toEqual({ amount: '2.5', until });
    expect(increaseOf({ metadata: body })).toEqual({ amount: '2.5', until });
    expect(keyMetadataOf(requestOf({ metadata: { a: 1, ...body } }))).toEqual({
      metadata: { a: 1 },
    });
  });

  it('is left by a request that does not name it, and cleared by null', async () => {
    expect(increaseOf({})).toBeUndefined();
    const cleared = { temp_budget_increase: null, temp_budget_expiry: null };
    expect(await messagesOf(cleared)).toEqual([]);
    expect(increaseOf(cleared)).toBeNull();
    const limits = { temporaryIncrease: { amount: '1', until: '2097-01-15T00:00:00.000Z' } };
    expect(
      limitsChangeOf(namedKeyLimitsOf(requestOf(cleared))).limits?.(limits, new Date()),
    ).toEqual({});
  });

  it.each([
    [{ temp_budget_increase: 5 }, 'temp_budget_expiry'],
    [{ temp_budget_expiry: '2097-01-15' }, 'temp_budget_increase'],
    [{ temp_budget_increase: 5, temp_budget_expiry: null }, 'temp_budget_expiry'],
    [{ temp_budget_increase: 0, temp_budget_expiry: '2097-01-15' }, 'temp_budget_increase'],
    [{ temp_budget_increase: -5, temp_budget_expiry: '2097-01-15' }, 'temp_budget_increase'],
    [{ temp_budget_increase: 5, temp_budget_expiry: '2097-02-30' }, 'temp_budget_expiry'],
    [{ temp_budget_increase: 5, temp_budget_expiry: '2097-01-15T25:00Z' }, 'temp_budget_expiry'],
    [{ temp_budget_increase: 5, temp_budget_expiry: 'tomorrow' }, 'temp_budget_expiry'],
    [{ temp_budget_increase: 5, temp_budget_expiry: 1_800_000_000 }, 'temp_budget_expiry'],
    [{ temp_budget_increase: 5, temp_budget_expiry: '2020-01-15' }, 'temp_budget_expiry'],
    [
      { temp_budget_increase: 5, temp_budget_expiry: new Date().toISOString() },
      'temp_budget_expiry',
    ],
    [{ temp_budget_increase: 1e-13, temp_budget_expiry: '2097-01-15' }, 'temp_budget_increase'],
  ])(
    'has both members or neither, and an end in the future: %j is refused, naming one',
    async (body, name) => {
      expect((await messagesOf(body)).map((message) => message.split(' ')[0])).toEqual([name]);
      expect(
        (await messagesOf({ metadata: body })).map((message) => message.split(' ')[0]),
      ).toEqual([`metadata.${name}`]);
    },
  );

  it('that is over is not in the metadata, which clients send back', () => {
    const of = (until: string): object =>
      toMetadata({}, { temporaryIncrease: { amount: '2.5', until } });
    expect(of('2020-01-15T00:00:00.000Z')).toEqual({});
    expect(of('2097-01-15T00:00:00.000Z')).toEqual({
      temp_budget_increase: 2.5,
      temp_budget_expiry: '2097-01-15T00:00:00.000Z',
    });
  });

  it('is refused for a key that has no budget to raise', () => {
    const increase = { temp_budget_increase: 5, temp_budget_expiry: '2097-01-15' };
    const made = (body: object) => () => newKeyOf(requestOf({ ...increase, ...body }), new Date());
    const changed = (limits: Limits) => () =>
      valuesAfter({ limits }, keyChangesOf(requestOf(increase), new Date()), new Date());
    const budget = newKeyOf(requestOf({ max_budget: 1 }), new Date()).limits;
    const refusal = expect.objectContaining({
      code: 'request_invalid',
      param: 'temp_budget_increase',
    });
    expect(made({})).toThrow(refusal);
    expect(changed({})).toThrow(refusal);
    expect(made({ max_budget: 1 })).not.toThrow();
    expect(made({ budget_id: 'gold' })).not.toThrow();
    expect(changed(budget)).not.toThrow();
  });
});

describe('the tags in a key’s metadata', () => {
  it.each([[5], ['a'], [[5]], [['a', '']], [[' a']], [{}], [Array.from({ length: 33 }, String)]])(
    'are refused with their path: %j',
    async (tags) => {
      expect((await messagesOf({ metadata: { tags } })).join()).toMatch(/^metadata\.tags must be/);
    },
  );

  it.each([[null], [''], [[]], [['']], [['a', 'b']]])('may be %j', async (tags) => {
    expect(await messagesOf({ metadata: { tags, a: 1 } })).toEqual([]);
  });
});

describe('the type of a key’s rate limit', () => {
  const changed = (body: object, current: Limits = {}) =>
    valuesAfter({ limits: current }, keyChangesOf(requestOf(body), new Date()), new Date());
  const typed = { rpm_limit_type: 'guaranteed_throughput' };

  it.each<[object, Limits]>([
    [typed, {}],
    [{ metadata: typed }, {}],
    [{ tpm_limit_type: 'dynamic', rpm_limit: 1 }, {}],
    [{ ...typed, rpm_limit: null }, { requestsPerMinute: 5 }],
  ])('is refused without the limit: %j on top of %j', (body, current) => {
    expect(() => changed(body, current)).toThrow(/_limit_type says how/);
    expect(() => newKeyOf(requestOf(body), new Date())).toThrow(/_limit_type says how/);
  });

  it.each<[object, Limits]>([
    [typed, { requestsPerMinute: 5 }],
    [{ ...typed, rpm_limit: 0 }, {}],
    [{ ...typed, model_rpm_limit: { mini: 1 } }, {}],
    [{ ...typed, budget_id: 'gold' }, {}],
    [{ rpm_limit_type: 'best_effort_throughput' }, {}],
    [{ rpm_limit_type: null }, {}],
    [{ rpm_limit: null }, { requestsPerMinute: 5, requestsType: 'dynamic' }],
  ])('may be stated with it: %j on top of %j', (body, current) => {
    expect(() => changed(body, current)).not.toThrow();
  });
});
