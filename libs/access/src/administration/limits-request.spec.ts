import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { toLimits, toMetadata } from './limits-response.js';
import {
  limitsChangeOf,
  LimitsRequest,
  metadataChangeOf,
  namedLimitsOf,
} from './limits-request.js';

class ARequest extends LimitsRequest {}

async function messagesOf(body: object): Promise<string[]> {
  const errors = await validate(plainToInstance(ARequest, body), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => Object.values(error.constraints ?? {}));
}

const twoCaps = (...durations: string[]) =>
  durations.map((budget_duration, at) => ({ max_budget: at + 1, budget_duration }));
const NOW = new Date('2026-01-01T00:00:00.000Z');
const valuesOf = (body: object) => {
  const request = plainToInstance(ARequest, body);
  return limitsChangeOf(namedLimitsOf(request)).limits?.({}, NOW) ?? null;
};
const shownOf = (body: object) => toLimits(valuesOf(body) ?? {}, () => 'later');

describe('the limits of a request', () => {
  it.each([
    [{ max_budget: 0 }],
    [{ max_budget: 12.5 }],
    [{ budget_id: 'gold' }],
    [{ max_budget: 1e-12 }],
    [{ max_budget: 0.1 }],
    [{ soft_budget: 999_999_999 }],
    [{ tpm_limit: 0, rpm_limit: 7, max_parallel_requests: 9_007_199_254_740_991 }],
    [{ model_rpm_limit: { mini: 0, 'openai/gpt-4o': 3 }, model_tpm_limit: { mini: 5 } }],
    [{ model_max_budget: { mini: { budget_limit: 0.5, time_period: '1d' } } }],
    [{ model_max_budget: { all: { budget_limit: 0, time_period: null, models: ['a', 'b'] } } }],
  ])('are shown as they were stated: %j', async (body) => {
    expect(await messagesOf(body)).toEqual([]);
    expect(shownOf(body)).toMatchObject(body);
  });

  it.each(['30s', '30m', '30h', '30d', '1w', '1mo', '24h', '365d', '120mo'])(
    'may have windows of %s',
    async (budget_duration) => {
      const body = { max_budget: 1, budget_duration };
      expect(await messagesOf(body)).toEqual([]);
      expect(shownOf(body)).toMatchObject({ ...body, budget_reset_at: 'later' });
    },
  );

  it('may be decimal strings, and every spelling of a cap', async () => {
    const cap = { max_budget: '0.10', budget_duration: '1d' };
    const body = { max_budget: '1e1', model_max_budget: { mini: cap }, budget_limits: [cap] };
    expect(await messagesOf(body)).toEqual([]);
    expect(shownOf(body)).toMatchObject({
      max_budget: 10,
      model_max_budget: { mini: { budget_limit: 0.1, time_period: '1d' } },
      budget_limits: [{ budget_duration: '1d', max_budget: 0.1, reset_at: 'later' }],
    });
  });

  it('take back what a response shows', async () => {
    const body = {
      max_budget: 5,
      budget_limits: [{ max_budget: 2, budget_duration: '1d' }],
      model_max_budget: { mini: { budget_limit: 1, time_period: '1h', models: ['a'] } },
    };
    const shown: Partial<ReturnType<typeof shownOf>> = shownOf(body);
    delete shown.budget_reset_at;
    expect(await messagesOf(shown)).toEqual([]);
    expect(valuesOf(shown)).toEqual(valuesOf(body));
  });

  it('are rounded to a millionth of a millionth of a dollar', () => {
    expect(valuesOf({ max_budget: 0.1 + 0.2 })).toMatchObject({ budgets: [{ maxBudget: '0.3' }] });
  });

  it('may stand in the metadata, which shows them and does not hold them', async () => {
    const metadata = { a: 1, model_rpm_limit: { mini: 3 } };
    const request = plainToInstance(ARequest, { metadata });
    expect(await messagesOf({ metadata })).toEqual([]);
    expect(metadataChangeOf(request)).toEqual({ metadata: { a: 1 } });
    expect(valuesOf({ metadata })).toEqual({ modelRequestsPerMinute: { mini: 3 } });
    expect(valuesOf({ metadata, model_rpm_limit: { mini: 4 } })).toEqual({
      modelRequestsPerMinute: { mini: 4 },
    });
    expect(toMetadata({ a: 1 }, valuesOf({ metadata }) ?? {})).toEqual(metadata);
  });

  it('read empty strings as LiteLLM’s clients mean them: null of an amount, nothing else', () => {
    const stated = (body: object) => namedLimitsOf(plainToInstance(ARequest, body));
    expect(stated({ max_budget: '', budget_duration: '', budget_id: '', tpm_limit: '' })).toEqual({
      maxBudget: null,
    });
    expect(stated({ model_max_budget: '', budget_limits: [''] })).toEqual({
      modelBudgets: null,
      furtherBudgets: [],
    });
  });

  it.each([
    ['max_budget', -1],
    ['max_budget', -1e-15],
    ['max_budget', Number.POSITIVE_INFINITY],
    ['max_budget', 'NaN'],
    ['max_budget', 'a lot'],
    ['max_budget', 1e12],
    ['max_budget', 1e30],
    ['max_budget', 1e-13],
    ['soft_budget', '0.00000000000049'],
    ['budget_limits', [{ max_budget: 1e-13, budget_duration: '1d' }]],
    ['model_max_budget', { mini: { budget_limit: 1e-13 } }],
    ['max_budget', '9'.repeat(65)],
    ['max_budget', true],
    ['max_budget', [1]],
    ['soft_budget', {}],
    ['budget_duration', '0d'],
    ['budget_duration', '-1'],
    ['budget_duration', '1y'],
    ['budget_duration', '1 d'],
    ['budget_duration', '1.5d'],
    ['budget_duration', '3661d'],
    ['budget_duration', '9999999s'],
    ['budget_duration', 30],
    ['tpm_limit', 1.5],
    ['rpm_limit', -1],
    ['rpm_limit', '10'],
    ['max_parallel_requests', 2 ** 53],
    ['model_rpm_limit', { mini: '3' }],
    ['model_rpm_limit', { '': 3 }],
    ['model_tpm_limit', [3]],
    ['model_tpm_limit', Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [at, 1]))],
    ['budget_id', 7],
    ['budget_limits', { max_budget: 1, budget_duration: '1d' }],
    ['budget_limits', [{ max_budget: 1 }]],
    ['budget_limits', [{ budget_duration: '1d' }]],
    ['budget_limits', [{ max_budget: 1, budget_duration: '1d', tpm_limit: 4 }]],
    ['budget_limits', Array.from({ length: 21 }, () => ({ max_budget: 1, budget_duration: '1d' }))],
    ['budget_limits', twoCaps('1d', '1d')],
    ['budget_limits', twoCaps('24h', '1d')],
    ['budget_limits', twoCaps('1mo', '30d')],
    ['model_max_budget', { '': { budget_limit: 1 } }],
    ['model_max_budget', { ' ': { budget_limit: 1 } }],
    ['model_max_budget', { mini: 5 }],
    ['model_max_budget', { mini: { time_period: '1d' } }],
    ['model_max_budget', { mini: { budget_limit: 1, time_period: 'daily' } }],
    ['model_max_budget', { mini: { budget_limit: 1, max_budget: 2 } }],
    ['model_max_budget', { mini: { budget_limit: 1, rpm_limit: 2 } }],
    ['model_max_budget', { mini: { budget_limit: 1, models: 'a' } }],
    ['model_max_budget', { mini: { budget_limit: 1, models: [] } }],
    ['metadata', { model_rpm_limit: { mini: -1 } }],
    ['metadata', { model_tpm_limit: 5 }],
  ])('refuse %s: %j, naming it', async (name, value) => {
    const [message, ...others] = await messagesOf({ [name]: value });
    expect(others).toEqual([]);
    expect(message).toMatch(new RegExp(`^${name}\\b`));
  });

  it('name the place of a fault within a member', async () => {
    expect(await messagesOf({ model_max_budget: { mini: { max_budget: -1 } } })).toEqual([
      'model_max_budget.mini.budget_limit must be US dollars, a number or a decimal string: 0, or from 0.000000000001 to less than 1000000000000',
    ]);
    expect(await messagesOf({ metadata: { model_rpm_limit: { mini: 'x' } } })).toEqual([
      'metadata.model_rpm_limit.mini must be an integer of at least 0',
    ]);
    expect(await messagesOf({ budget_limits: twoCaps('1h', '7d', '1w') })).toEqual([
      'budget_limits[2].budget_duration has the windows of budget_limits[1]; state one cap for each length',
    ]);
    expect(await messagesOf({ budget_limits: twoCaps('24h', '1h', '2d', '1w') })).toEqual([]);
  });
});
