import { readableLine } from './readable-line.js';

describe('a log line for a person', () => {
  it('begins with what was asked and what came of it', () => {
    const line = readableLine({
      level: 'info',
      time: '2026-01-01T00:00:00.000Z',
      message: 'request',
      requestId: 'req_1',
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      reason: null,
      durationMs: 12.6,
      completed: true,
      user: 'alice',
      costUsd: 0.00003,
    });
    expect(line).toBe(
      'POST /v1/chat/completions 200 13 ms requestId=req_1 user=alice costUsd=0.00003',
    );
  });

  it('names the path where there is no route, and says when the response was cut off', () => {
    const facts = { message: 'request', method: 'GET', route: null, path: '/x', status: 404 };
    expect(readableLine({ ...facts, durationMs: 1, completed: false })).toBe(
      'GET /x 404 1 ms (cut off)',
    );
  });

  it('shows the message and the members of every other event', () => {
    expect(readableLine({ message: 'listening', url: 'http://127.0.0.1:4000', port: 4000 })).toBe(
      'listening url=http://127.0.0.1:4000 port=4000',
    );
  });

  it('writes a stack on lines of its own', () => {
    expect(readableLine({ message: 'failed', stack: 'Error: a\n at b' })).toBe(
      'failed\n    Error: a\n     at b',
    );
  });

  it.each([
    ['a line break', 'a\nPOST /admin 200'],
    ['a terminal sequence', '\u001B[2Ja'],
    ['a change of direction', '\u202Ea'],
    ['a line separator', '\u2028a'],
  ])('escapes %s', (_kind, text) => {
    expect(readableLine({ message: 'event', user: text })).toMatch(
      /^event user=.*\\u\{[0-9a-f]+\}/,
    );
  });
});
