import { byUnits, recordedUsage, withSearch } from './recorded-usage.js';

const tokens = (inputTokens: number, outputTokens: number, cachedInputTokens = 0) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
});

const FINAL = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

describe('recordedUsage', () => {
  it.each([
    ['final usage alone', null],
    ['final usage after lower counts', tokens(10, 2)],
    ['final usage after the same counts', tokens(10, 5)],
  ])('books %s as the provider’s, without an estimate', (_what, interim) => {
    const estimate = jest.fn();
    expect(recordedUsage({ usage: FINAL, interim, estimate }, 'openai')).toEqual({
      usage: tokens(10, 5),
      usageSource: 'provider',
      isSuspect: false,
    });
    expect(estimate).not.toHaveBeenCalled();
  });

  it.each([
    ['does not add up', { ...FINAL, total_tokens: 99 }, null, tokens(12, 5)],
    ['counts in strings', { ...FINAL, completion_tokens: '5' }, null, tokens(12, 5)],
    [
      'falls back to zeros',
      { prompt_tokens: 0, completion_tokens: 0 },
      tokens(10, 7),
      tokens(12, 7),
    ],
    ['is interim', null, tokens(10, 1), tokens(12, 4)],
    ['is interim and above the estimate', null, tokens(90, 7, 50), tokens(90, 7, 50)],
  ])('estimates and suspects usage that %s', (_what, usage, interim, booked) => {
    const estimate = () => tokens(12, 4);
    expect(recordedUsage({ usage, interim, estimate }, 'openai')).toEqual({
      usage: booked,
      usageSource: 'estimate',
      isSuspect: true,
    });
  });

  it('estimates without suspicion where nothing was reported', () => {
    const facts = { usage: { prompt_tokens: null }, interim: null, estimate: () => tokens(3, 2) };
    expect(recordedUsage(facts, 'openai')).toEqual({
      usage: tokens(3, 2),
      usageSource: 'estimate',
      isSuspect: false,
    });
  });

  it('books nothing where nothing was reported and nothing can have been used', () => {
    expect(recordedUsage({ usage: null, interim: null, estimate: null }, 'openai')).toEqual({
      usage: null,
      usageSource: 'none',
      isSuspect: false,
    });
  });
});

describe('a search that the upstream does not count', () => {
  const search = { searchLow: 1 };
  const reasoned = { ...tokens(10, 5), details: { reasoning: 2 } };
  const searched = { ...tokens(10, 5), details: { searchHigh: 3 } };

  it.each([
    [
      'is added to a call with output',
      reasoned,
      { ...reasoned, details: { reasoning: 2, ...search } },
    ],
    ['is added to plain tokens', tokens(10, 5), { ...tokens(10, 5), details: search }],
    ['is not added to searches that are counted', searched, searched],
    ['is not added to a call without output', tokens(10, 0), tokens(10, 0)],
    ['is not added where nothing was used', null, null],
  ])('%s', (_what, usage, expected) => {
    expect(withSearch(usage, search)).toEqual(expected);
    expect(withSearch(usage, null)).toBe(usage);
  });
});

describe('a call that is billed by number', () => {
  const units = { outputPicture: 2, outputPixel: 9 };
  const estimated = { usage: tokens(3, 4), usageSource: 'estimate', isSuspect: false } as const;
  const reported = { usage: tokens(10, 5), usageSource: 'provider', isSuspect: false } as const;
  const served = { units, succeeded: true };

  it('has the count of its units and no estimate of tokens', () => {
    expect(byUnits(estimated, served, ['outputPicture'])).toEqual({
      usage: { ...tokens(0, 0), details: { outputPicture: 2 } },
      usageSource: 'provider',
      isSuspect: false,
    });
  });

  it('keeps the tokens that the upstream counted, and its count of the units', () => {
    const details = { outputPicture: 7 };
    const usage = { ...tokens(10, 5), details };
    expect(byUnits(reported, served, ['outputPicture']).usage).toEqual({
      ...tokens(10, 5),
      details: { outputPicture: 2 },
    });
    expect(byUnits({ ...reported, usage }, served, ['outputPicture']).usage).toEqual(usage);
  });

  it('is exact without a count where each request has a price', () => {
    const read = byUnits(estimated, { units: null, succeeded: true }, ['request']);
    expect(read).toMatchObject({ usage: tokens(0, 0), usageSource: 'provider' });
    const uncounted = { units: null, succeeded: true };
    expect(byUnits(estimated, uncounted, ['outputPicture'])).toBe(estimated);
    expect(byUnits(estimated, uncounted, ['inputPicture', 'request'] as never)).toBe(estimated);
  });

  it('is estimated where it was not served', () => {
    const cut = byUnits(estimated, { units, succeeded: false }, ['outputPicture']);
    expect(cut).toMatchObject({ usageSource: 'estimate', usage: { inputTokens: 0 } });
  });

  it.each([
    ['tokens are billed', estimated, ['input', 'output'] as const],
    ['its prices are not known', estimated, null],
    ['nothing was used', { ...estimated, usage: null }, ['outputPicture'] as const],
  ])('stays as it is where %s', (_what, read, way) => {
    expect(byUnits(read, served, way)).toBe(read);
  });
});
