import { errors } from 'undici';
import { errorOfFailure } from './failure-error.js';
import { failureOf, type FailurePoint } from './undici-failure.js';
import type { UpstreamFailureKind } from './upstream-failure.js';

describe('failureOf', () => {
  const parser = new errors.HTTPParserError('bad');
  const socket = new errors.SocketError('other side closed');
  const unsent = { wasSent: false, hasAnswered: false };
  const sent = { wasSent: true, hasAnswered: false };
  const answering = { wasSent: true, hasAnswered: true };
  it.each<[string, Error, FailurePoint, UpstreamFailureKind]>([
    ['no connection', new errors.ConnectTimeoutError(), unsent, 'unreachable'],
    ['a refused connection', new Error('ECONNREFUSED'), unsent, 'unreachable'],
    ['a reset before the answer', socket, sent, 'unreachable'],
    ['what is not HTTP', parser, sent, 'invalid'],
    ['headers without end', new errors.HeadersOverflowError(), sent, 'invalid'],
    ['a reset within the answer', socket, answering, 'cut'],
    ['broken framing within the answer', parser, answering, 'cut'],
    ['a time limit of the transport', new errors.HeadersTimeoutError(), sent, 'timeout'],
  ])('sorts %s', (_what, cause, point, kind) => {
    expect(failureOf(cause, point)).toEqual({ kind, wasSent: point.wasSent, cause });
  });
});

describe('errorOfFailure', () => {
  it.each<[UpstreamFailureKind, string, number]>([
    ['unreachable', 'upstream_unreachable', 502],
    ['timeout', 'upstream_timeout', 504],
    ['cut', 'upstream_invalid', 502],
    ['invalid', 'upstream_invalid', 502],
    ['aborted', 'upstream_unreachable', 502],
    ['shutting_down', 'shutting_down', 503],
  ])('%s is %s', (kind, code, status) => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.1:443');
    const error = errorOfFailure({ kind, wasSent: true, cause }, 'dep');
    expect(error).toMatchObject({ code, status, context: { deployment: 'dep', failure: kind } });
    expect(error.message).not.toContain('10.0.0.1');
  });
});
