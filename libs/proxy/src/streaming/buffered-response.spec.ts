import { chatCompletions } from '../endpoints/chat-completions.endpoint.js';
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
