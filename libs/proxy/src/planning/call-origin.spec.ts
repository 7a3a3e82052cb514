import fc from 'fast-check';
import { callOriginOf } from './call-origin.js';

const NOTHING = { value: () => undefined };

function clientOf(userAgent: string): string | null {
  return callOriginOf({ 'user-agent': userAgent }, [], NOTHING).client;
}

describe('callOriginOf', () => {
  it.each([
    ['claude-cli/1.0.83 (external, cli)', 'claude-cli'],
    ['OpenAI/Python 1.99.1', 'openai-python'],
    ['AsyncOpenAI/Python 1.99.1', 'openai-python'],
    ['AsyncAnthropic/Python 0.60.0', 'anthropic-python'],
    ['OpenAI/JS 5.1.0', 'openai-js'],
    ['python-requests/2.32.3', 'python-requests'],
    ['curl/v8.9.1', 'curl'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'mozilla'],
    ['node', 'node'],
    ['', null],
    ['(comment alone)', null],
    ['!!!/1', null],
  ])('names the client of %j %j, without its version', (userAgent, name) => {
    expect(clientOf(userAgent)).toBe(name);
  });

  it('knows no client without a header', () => {
    expect(callOriginOf({}, ['a'], NOTHING)).toEqual({ client: null, tags: ['a'] });
  });

  it('names clients by at most 64 harmless characters, also of random headers', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (userAgent) => {
        expect(clientOf(userAgent) ?? 'none').toMatch(/^[a-z0-9._-]{1,64}$/);
      }),
    );
  });
});
