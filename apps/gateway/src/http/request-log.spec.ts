import { GatehouseError } from '#libs/common';
import { explanationOf, requestLevel } from './request-log.js';

describe('the level of a request line', () => {
  it.each([
    [200, 'info'],
    [204, 'info'],
    [304, 'info'],
    [400, 'warn'],
    [401, 'warn'],
    [403, 'warn'],
    [429, 'warn'],
    [499, 'warn'],
    [500, 'error'],
    [502, 'error'],
    [503, 'error'],
  ])('of a request that ended with %i is %s', (status, level) => {
    expect(requestLevel('/v1/chat/completions', status)).toBe(level);
  });

  it.each(['/health/liveliness', '/health/liveness', '/health/readiness'])(
    'of the probe %s is debug',
    (path) => {
      expect(requestLevel(path, 200)).toBe('debug');
      expect(requestLevel(path, 503)).toBe('debug');
    },
  );

  it('of the details of readiness, which a person asks for, is that of its status', () => {
    expect(requestLevel('/health/readiness/details', 200)).toBe('info');
  });
});

describe('the explanation in a request line', () => {
  it.each([
    ['token_invalid', 'the token has no audience', 'token_invalid: the token has no audience'],
    ['issuer_unknown', 'the token has no issuer', 'issuer_unknown: the token has no issuer'],
    ['team_blocked', undefined, 'team_blocked'],
    ['database_unavailable', 'the server at db.internal', null],
  ] as const)('of %s with the problem %j is %j', (code, problem, explanation) => {
    const context = problem === undefined ? {} : { problem };
    expect(explanationOf(new GatehouseError(code, { context }))).toBe(explanation);
  });
});
