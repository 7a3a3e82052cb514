import { parseDecimal, type ExactDecimal } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { BatchOutput, type BatchTotals } from './batch-output.js';

const usd = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const PRICES = { input: usd('0.000002'), output: usd('0.000008') };
/** Half of the standard price of 100 tokens of input and 10 of output. */
const LINE_PICO = 140_000_000n;

const served = (usage: object | null = {}): string =>
  JSON.stringify({
    response: {
      status_code: 200,
      body: {
        usage:
          usage === null
            ? null
            : { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, ...usage },
      },
    },
    error: null,
  });
const REFUSED = JSON.stringify({
  response: { status_code: 400, body: { usage: { prompt_tokens: 100, completion_tokens: 10 } } },
  error: null,
});
const FAILED = JSON.stringify({ response: null, error: { code: 'batch_expired' } });

function totalsOf(chunks: readonly (string | Buffer)[], prices = PRICES as object): BatchTotals {
  const output = new BatchOutput({ prices, billing: BY_TOKENS, provider: 'openai' });
  for (const chunk of chunks) output.push(Buffer.from(chunk));
  return output.finish();
}

describe('the results of a batch', () => {
  it('are counted once each, at half of the standard price, also the last one without a line end', () => {
    const usage = { inputTokens: 300, cachedInputTokens: 0, outputTokens: 30 };
    const expected = { usage, costPico: 3n * LINE_PICO, isPriced: true, isSuspect: false };
    const text = [served(), served(), served()].join('\n');
    expect(totalsOf([text])).toMatchObject(expected);
    expect(totalsOf([`${text}\n`])).toMatchObject(expected);
    expect(totalsOf([`${text}\n\n \n`])).toMatchObject(expected);
  });

  it('are the same however the file is cut', () => {
    const text = `${served()}\n${REFUSED}\n${served()}\n`;
    const whole = totalsOf([text]);
    expect(whole.costPico).toBe(2n * LINE_PICO);
    for (const size of [1, 7, 64, served().length, served().length + 1]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_one, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      expect(totalsOf(pieces)).toEqual(whole);
    }
  });

  it.each([
    ['that the upstream has refused', REFUSED],
    ['that has failed without a response', FAILED],
  ])('cost nothing for a request %s', (_what, line) => {
    expect(totalsOf([line])).toEqual({
      ...{ usage: null, costPico: 0n, isPriced: true, isSuspect: false },
    });
    expect(totalsOf([`${served()}\n${line}\n`]).costPico).toBe(LINE_PICO);
  });

  it('add up what the tokens are of', () => {
    const usage = { completion_tokens_details: { reasoning_tokens: 4 } };
    const details = totalsOf([served(usage), '\n', served(usage)]).usage?.details;
    expect(Object.values(details ?? {})).toEqual([8]);
  });

  it.each([
    ['no usage', served(null), LINE_PICO],
    ['a line that is not JSON', 'nonsense', LINE_PICO],
    ['a count that the total corrects', served({ prompt_tokens: -1 }), 2n * LINE_PICO],
  ])('are suspect with %s', (_what, line, costPico) => {
    expect(totalsOf([`${line}\n${served()}`])).toMatchObject({
      isSuspect: true,
      costPico,
    });
  });

  it('have no price where that of a kind of token is not known', () => {
    expect(totalsOf([served()], { input: PRICES.input })).toMatchObject({ isPriced: false });
    const output = new BatchOutput({ prices: null, billing: BY_TOKENS, provider: 'openai' });
    output.push(Buffer.from(served()));
    expect(output.finish()).toMatchObject({
      isPriced: false,
      costPico: 0n,
      usage: { inputTokens: 100 },
    });
  });
});
