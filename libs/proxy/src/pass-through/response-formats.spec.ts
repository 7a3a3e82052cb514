import { BY_NOTHING, BY_TOKENS, readUsage, type Billing } from '#libs/spend';
import { UsageTap } from '../streaming/usage-tap.js';
import { formatFor } from './response-formats.js';

const GOOGLE = { usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 2 } };
const ANTHROPIC = { usage: { input_tokens: 7, output_tokens: 2, service_tier: 'batch' } };
const CONVERSE = { usage: { inputTokens: 7, outputTokens: 2, totalTokens: 9 } };
const OPENAI = { usage: { prompt_tokens: 7, completion_tokens: 2 } };
const VERTEX = '/v1/projects/p/locations/us-east5/publishers';

const reportOf = (below: string, body: object, billing: Billing = BY_TOKENS) =>
  formatFor({ model: 'm', below, billing }, 'POST').readBody(Buffer.from(JSON.stringify(body)));

describe('the usage of a response below the prefix of a provider', () => {
  it.each([
    ['/v1beta/models/gemini-2.5-flash:generateContent', GOOGLE, GOOGLE.usageMetadata],
    ['/v1beta/models/gemini-2.5-flash:streamGenerateContent', GOOGLE, GOOGLE.usageMetadata],
    [`${VERTEX}/google/models/gemini-2.5-pro:generateContent`, GOOGLE, GOOGLE.usageMetadata],
    ['/v1/messages', ANTHROPIC, { input_tokens: 7, output_tokens: 2 }],
    [`${VERTEX}/anthropic/models/claude-x:rawPredict`, ANTHROPIC, { input_tokens: 7 }],
    [`${VERTEX}/anthropic/models/claude-x:streamRawPredict`, ANTHROPIC, { input_tokens: 7 }],
    ['/model/eu.anthropic.claude-x-v1:0/invoke', ANTHROPIC, { input_tokens: 7 }],
    [
      '/model/eu.anthropic.claude-x-v1:0/invoke-with-response-stream',
      ANTHROPIC,
      { input_tokens: 7 },
    ],
    ['/model/amazon.nova-lite-v1:0/converse', CONVERSE, CONVERSE.usage],
    ['/model/anthropic.claude-x-v1:0/converse', CONVERSE, CONVERSE.usage],
    ['/v1/chat/completions', OPENAI, OPENAI.usage],
  ])('is read at %s', (below, body, expected) => {
    expect(reportOf(below, body).usage).toMatchObject(expected);
  });

  it.each(['/v1/chat/completions', '/v1/completions', '/openai/deployments/m/chat/completions'])(
    'is not whole where a stream ends without a finish at %s',
    (below) => {
      const tap = new UsageTap(formatFor({ model: 'm', below, billing: BY_TOKENS }, 'POST'), false);
      tap.push(Buffer.from('data: {"choices":[{"text":"a","delta":{"content":"a"}}]}\n\n'));
      tap.finish();
      expect(tap.isCut).toBe(true);
    },
  );

  it('is that of the event which ends a stream of Cohere, behind all text', () => {
    const format = formatFor({ model: 'm', below: '/v2/chat', billing: BY_TOKENS }, 'POST');
    const usage = { billed_units: { input_tokens: 7, output_tokens: 2 }, tokens: {} };
    const tap = new UsageTap(format, false);
    for (const event of [
      { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello' } } } },
      { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } },
    ])
      tap.push(Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
    tap.finish();
    expect(tap.reading).toMatchObject({ usage, isFinal: true });
    expect(readUsage(tap.reading.usage, 'cohere')).toEqual({
      usage: { inputTokens: 7, cachedInputTokens: 0, outputTokens: 2 },
      isSuspect: false,
    });
  });

  it.each([
    ['/v1/embed', { input_tokens: 7 }],
    ['/v2/embed', { input_tokens: 7, images: 0 }],
  ])('is the input alone of an embedding of Cohere: %s', (below, units) => {
    const { usage } = reportOf(below, { embeddings: [], meta: { billed_units: units } });
    expect(readUsage(usage, 'cohere')).toEqual({
      usage: { inputTokens: 7, cachedInputTokens: 0, outputTokens: 0 },
      isSuspect: false,
    });
  });

  it('is that of the last event of a stream of Gemini', () => {
    const format = formatFor(
      {
        model: 'gemini-2.5-flash',
        below: '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
        billing: BY_TOKENS,
      },
      'POST',
    );
    const event = `data: ${JSON.stringify(GOOGLE)}\n\n`;
    expect(format.usageOfEvent(event)?.usage).toEqual(GOOGLE.usageMetadata);
  });

  it('is that of the response in the last event of a stream of the Responses API', () => {
    const format = formatFor({ model: 'm', below: '/v1/responses', billing: BY_TOKENS }, 'POST');
    const last = { type: 'response.completed', response: { status: 'completed', ...ANTHROPIC } };
    const event = `event: response.completed\ndata: ${JSON.stringify(last)}\n\n`;
    expect(format.usageOfEvent(event)?.usage).toEqual(ANTHROPIC.usage);
  });

  it('is none where the operation is not billed', () => {
    expect(reportOf('/v1beta/models/m:countTokens', GOOGLE, BY_NOTHING).usage).toBeNull();
  });
});
