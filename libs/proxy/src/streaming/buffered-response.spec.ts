import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import { readResponse } from './buffered-response.js';

const { responseFormat: format } = chatCompletions;

const BODY = Buffer.from('{"usage":{"prompt_tokens":1}}');

describe('readResponse', () => {
  it('finds the usage of an answer', () => {
    const reading = readResponse(format, BODY, true);
    expect(reading.usage).toEqual({ prompt_tokens: 1 });
    expect(reading.body).toBe(BODY);
  });

  it.each([
    '',
    '[]',
    'null',
    '"usage"',
    '{"usage":null}',
    '{"usage":1}',
    '{"a":{"usage":{}}}',
    '{"usage":{',
  ])('finds none in %s', (text) => {
    expect(readResponse(format, Buffer.from(text), false).usage).toBeNull();
  });

  it('names the price class that the answer was given at', () => {
    const body = Buffer.from('{"service_tier":"flex","usage":{"prompt_tokens":1}}');
    expect(readResponse(format, body, false).serviceTier).toBe('flex');
    expect(readResponse(format, BODY, false).serviceTier).toBeNull();
  });

  describe('of a large answer', () => {
    const text = 'the "usage":{"prompt_tokens":9} of \\ and "error":{} '.repeat(2_000);
    const large = (members: object): Buffer =>
      Buffer.from(JSON.stringify({ choices: [{ message: { content: text } }], ...members }));
    const counts = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

    it.each([
      ['OpenAI’s place', { usage: counts, service_tier: 'flex', error: null }, counts],
      ['a provider’s place', { x_groq: { usage: counts }, service_tier: 'flex' }, counts],
      [
        'a provider’s place beside one without counts',
        { usage: {}, x_groq: { usage: counts }, service_tier: 'flex' },
        counts,
      ],
      ['no place', { usage: null, service_tier: 'flex' }, null],
    ])('finds the usage in %s', (_where, members, usage) => {
      const reading = readResponse(format, large(members), false);
      expect(reading).toMatchObject({ usage, isEmpty: false, isReadable: true });
      expect(reading.serviceTier).toBe('flex');
    });

    it('takes the last of two usages, as for a small one', () => {
      const twice = Buffer.from(
        `{"usage":{"prompt_tokens":7},${large({ usage: counts }).toString().slice(1)}`,
      );
      expect(readResponse(format, twice, false).usage).toEqual(counts);
    });

    it('sees an error without text', () => {
      const error = { message: text };
      const choices: readonly unknown[] = [];
      expect(readResponse(format, large({ error, choices, usage: counts }), false)).toMatchObject({
        usage: counts,
        isEmpty: true,
      });
    });
  });

  describe.each(['', '\ufeff', '\n', ': ping\n\n', 'event: x\n', 'id:1\n'])(
    'of events that begin with %j',
    (start) => {
      const text = `${start}data: {"choices":[{"delta":{"content":"abcdefgh"}}]}\n\n`;
      const usage = 'data: {"choices":[],"service_tier":"flex","usage":{"prompt_tokens":2}}\n\n';
      const body = Buffer.from(`${text}${usage}data: [DONE]\n\n`);

      it('reads the usage and keeps every byte', () => {
        const reading = readResponse(format, body, false);
        expect(reading).toMatchObject({ usage: { prompt_tokens: 2 }, serviceTier: 'flex' });
        expect(reading.body.equals(body)).toBe(true);
      });

      it('takes the usage event off that the client did not ask for', () => {
        const reading = readResponse(format, body, true);
        expect(reading.usage).toEqual({ prompt_tokens: 2 });
        expect(reading.body.toString()).toBe(`${text}data: [DONE]\n\n`);
      });

      it('estimates from their text', () => {
        expect(readResponse(format, Buffer.from(text), true).estimateOutput()).toBe(2);
      });
    },
  );
});
