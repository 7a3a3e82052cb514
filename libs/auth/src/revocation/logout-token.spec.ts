import { isGatehouseError } from '#libs/common';
import { readLogout } from './logout-token.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const CLAIMS = {
  iss: 'https://issuer.example',
  aud: 'gatehouse',
  iat: 1_700_000_000,
  exp: 1_700_000_120,
  jti: 'logout-1',
  sub: 'alice',
  sid: 'session-1',
  events: { [EVENT]: {} },
};

describe('a logout token', () => {
  it('names its issuer, its id, the subject and session to log out, and the time', () => {
    expect(readLogout(CLAIMS)).toEqual({
      issuer: 'https://issuer.example',
      tokenId: 'logout-1',
      subject: 'alice',
      sessionId: 'session-1',
      issuedAt: 1_700_000_000,
      expiresAt: 1_700_000_120,
    });
  });

  it.each([{ typ: 'Logout' }, { typ: 'logout+jwt' }, { typ: 'JWT' }, { aud: ['one', 'two'] }])(
    'may have %j',
    (claims) => {
      expect(() => readLogout({ ...CLAIMS, ...claims })).not.toThrow();
    },
  );

  it.each([{ sub: undefined }, { sid: undefined }])('may leave %j out', (claims) => {
    expect(() => readLogout({ ...CLAIMS, ...claims })).not.toThrow();
  });

  it.each<[string, Record<string, unknown>]>([
    ['with a nonce', { nonce: 'n' }],
    ['with a nonce of no value', { nonce: null }],
    ['without events', { events: undefined }],
    ['about another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['whose events are a list', { events: [EVENT] }],
    ['whose event is not an object', { events: { [EVENT]: true } }],
    ['whose event is a list', { events: { [EVENT]: [] } }],
    ['whose event is inherited', { events: Object.create({ [EVENT]: {} }) as object }],
    ['without an id', { jti: undefined }],
    ['with an empty id', { jti: '' }],
    ['without an issuer', { iss: undefined }],
    ['without an audience', { aud: undefined }],
    ['with an audience that is not a string', { aud: 7 }],
    ['with an empty audience', { aud: ['client', ''] }],
    ['whose payload is of the type ID', { typ: 'ID' }],
    ['whose payload is of the type Bearer', { typ: 'Bearer' }],
    ['whose payload is of the type Refresh', { typ: ['Refresh'] }],
    ['without a time of issue', { iat: undefined }],
    ['without an end', { exp: undefined }],
    ['without subject and session', { sub: undefined, sid: undefined }],
    ['whose session is not a string', { sid: 7 }],
    ['whose subject is empty', { sub: '' }],
  ])('%s is refused', (_what, claims) => {
    let thrown: unknown = null;
    try {
      readLogout({ ...CLAIMS, ...claims });
    } catch (error) {
      thrown = error;
    }
    expect(isGatehouseError(thrown, 'token_invalid')).toBe(true);
  });
});
