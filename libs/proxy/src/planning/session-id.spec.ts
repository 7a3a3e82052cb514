import type { IncomingHttpHeaders } from 'node:http';
import { sessionIdOf } from './session-id.js';

type Json = Readonly<Record<string, unknown>>;

const of = (headers: IncomingHttpHeaders, body: Json = {}): string | undefined =>
  sessionIdOf(headers, { value: (name) => body[name] });

describe('the session of a request', () => {
  const claude = 'user_1234_account__session_9d0b6a3e-1c1f';
  const json = JSON.stringify({ device_id: 'd', account_uuid: 'a', session_id: 'of-json' });

  it.each<readonly [IncomingHttpHeaders, Json, string | undefined]>([
    [{}, {}, undefined],
    [{ 'x-litellm-trace-id': 't', 'x-litellm-session-id': 's' }, { litellm_session_id: 'b' }, 't'],
    [{ 'x-litellm-session-id': 's' }, { litellm_session_id: 'b' }, 's'],
    [{ 'x-own-session-id': 'of-header' }, { litellm_session_id: 'b', metadata: {} }, 'b'],
    [{}, { litellm_trace_id: 'c' }, 'c'],
    [{}, { metadata: { trace_id: 'm-trace', session_id: 'm-session' } }, 'm-session'],
    [{}, { litellm_metadata: { trace_id: 'l-trace' } }, 'l-trace'],
    [{ 'x-claude-code-session-id': 'of-header' }, { metadata: { user_id: claude } }, 'of-header'],
    [{ session_id: 'of-codex' }, {}, 'of-codex'],
    [{ 'session-id': 'of-codex' }, { client_metadata: { session_id: 'x' } }, 'of-codex'],
    [{ 'x-own-session-id': 'short' }, {}, undefined],
    [{}, { metadata: { user_id: claude } }, '9d0b6a3e-1c1f'],
    [{}, { metadata: { user_id: json } }, 'of-json'],
    [{}, { metadata: { user_id: 'alice' } }, undefined],
    [{}, { metadata: { user_id: '{' } }, undefined],
    [{}, { client_metadata: { session_id: 'of-codex' } }, 'of-codex'],
    [{ 'x-session-identity': 'a-long-value' }, {}, undefined],
  ])('with %j and %j is %p', (headers, body, expected) => {
    expect(of(headers, body)).toBe(expected);
  });

  it.each([7, '', '  ', null, ['a'], { a: 1 }, 'a\0b', '\ud800', 'x'.repeat(129)])(
    'is not %j, and the next place counts',
    (value) => {
      expect(of({}, { litellm_session_id: value, litellm_trace_id: 'next' })).toBe('next');
    },
  );
});
