import { isGatehouseError } from '#libs/common';
import { readCredential, type CredentialHeaders, type CredentialPlace } from './bearer-token.js';
import { isLocalCaller } from './peer.js';

const codeOf = (headers: CredentialHeaders, place: Partial<CredentialPlace> = {}): string => {
  try {
    return `token ${readCredential(headers, { only: null, target: '/v1/models', mayBePaired: false, ...place }).token}`;
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  }
};

describe('the credential of a request', () => {
  test.each([
    ['Bearer abc', 'token abc'],
    ['bearer abc', 'token abc'],
    ['BEARER abc', 'token abc'],
    ['Bearer  abc', 'token abc'],
    ['Bearer', 'credential_malformed'],
    ['Bearer\tabc', 'credential_malformed'],
    ['Bearer abc def', 'credential_malformed'],
    ['Bearer abc, Bearer def', 'credential_malformed'],
    ['Bearer abc\n', 'credential_malformed'],
    ['Bearer äbc', 'credential_malformed'],
    ['Basic YTpi', 'credential_malformed'],
    ['abc', 'credential_malformed'],
    ['Bearerabc', 'credential_malformed'],
    ['', 'credential_missing'],
    [' ', 'credential_missing'],
  ])('in Authorization: %j', (authorization, expected) => {
    expect(codeOf({ authorization })).toBe(expected);
  });

  test.each([
    'x-litellm-api-key',
    'api-key',
    'x-api-key',
    'x-goog-api-key',
    'ocp-apim-subscription-key',
  ])('may stand in %s, bare or behind Bearer', (name) => {
    expect(codeOf({ [name]: 'abc' })).toBe('token abc');
    expect(codeOf({ [name]: 'Bearer abc' })).toBe('token abc');
    expect(codeOf({ [name]: ['abc'] })).toBe('token abc');
    expect(codeOf({ [name]: 'a b' })).toBe('credential_malformed');
  });

  test('is missing without any such header', () => {
    expect(codeOf({ cookie: 'access_token=abc', 'x-amz-security-token': 'abc' })).toBe(
      'credential_missing',
    );
  });

  test('may be repeated in another header, but no second one may be sent', () => {
    expect(codeOf({ authorization: 'Bearer abc', 'x-api-key': 'abc' })).toBe('token abc');
    expect(codeOf({ authorization: 'Bearer abc', 'x-api-key': 'def' })).toBe(
      'credential_ambiguous',
    );
    expect(codeOf({ 'api-key': 'abc', 'x-api-key': 'def' })).toBe('credential_ambiguous');
    expect(codeOf({ authorization: 'Basic abc', 'x-api-key': 'def' })).toBe('credential_ambiguous');
    expect(codeOf({ 'x-api-key': ['abc', 'def'] })).toBe('credential_ambiguous');
  });

  test('is refused when Authorization is sent twice', () => {
    expect(codeOf({ authorization: ['Bearer abc', 'Bearer def'] })).toBe('credential_ambiguous');
    expect(codeOf({ authorization: ['Bearer abc', 'Bearer abc'] })).toBe('credential_ambiguous');
  });
});

describe('x-litellm-api-key beside Authorization', () => {
  const pair = { 'x-litellm-api-key': 'abc', authorization: 'Bearer of-the-provider' };

  test('is the credential of a call that is passed through to a provider, and of no other', () => {
    expect(codeOf(pair, { mayBePaired: true })).toBe('token abc');
    expect(codeOf({ ...pair, authorization: 'Basic YTpi' }, { mayBePaired: true })).toBe(
      'token abc',
    );
    expect(codeOf(pair)).toBe('credential_ambiguous');
  });

  test('is the only pair: any other second credential makes the call ambiguous', () => {
    for (const name of ['x-api-key', 'api-key', 'x-goog-api-key', 'ocp-apim-subscription-key']) {
      expect(codeOf({ ...pair, [name]: 'def' }, { mayBePaired: true })).toBe(
        'credential_ambiguous',
      );
      const other = { authorization: 'Bearer abc', [name]: 'def' };
      expect(codeOf(other, { mayBePaired: true })).toBe('credential_ambiguous');
    }
    const twice = { ...pair, 'x-litellm-api-key': ['abc', 'def'] };
    expect(codeOf(twice, { mayBePaired: true })).toBe('credential_ambiguous');
  });
});

describe('the credential of a request with a header of its own for it', () => {
  const only = { only: 'x-my-key' };

  test('stands there, bare or behind Bearer, and nowhere else', () => {
    expect(codeOf({ 'x-my-key': 'abc' }, only)).toBe('token abc');
    expect(codeOf({ 'x-my-key': 'Bearer abc' }, only)).toBe('token abc');
    expect(codeOf({ authorization: 'Bearer abc' }, only)).toBe('credential_missing');
    expect(codeOf({ 'x-api-key': 'abc' }, only)).toBe('credential_missing');
  });

  test('is asked for by the name of that header', () => {
    expect(() =>
      readCredential({}, { only: 'x-my-key', target: '/v1/models', mayBePaired: false }),
    ).toThrow('"x-my-key: Bearer <token>"');
  });

  test('is read even if a proxy in front sends its own credentials in other headers', () => {
    expect(codeOf({ 'x-my-key': 'abc', authorization: 'Basic YTpi' }, only)).toBe('token abc');
  });

  test('is one alone', () => {
    expect(codeOf({ 'x-my-key': ['abc', 'def'] }, only)).toBe('credential_ambiguous');
    expect(codeOf({ 'x-my-key': ['abc', 'abc'] }, only)).toBe('token abc');
  });

  test('follows the rules of Authorization where that is the header', () => {
    const authorization = { only: 'authorization' };
    expect(codeOf({ authorization: 'Bearer abc' }, authorization)).toBe('token abc');
    expect(codeOf({ authorization: 'abc' }, authorization)).toBe('credential_malformed');
    expect(codeOf({ authorization: ['Bearer abc', 'Bearer abc'] }, authorization)).toBe(
      'credential_ambiguous',
    );
  });
});

describe('a credential in the query', () => {
  const target = '/v1/models?x=1&access_token=abc';

  test('is not accepted, and makes a credential in a header ambiguous', () => {
    expect(codeOf({}, { target })).toBe('credential_malformed');
    expect(codeOf({ authorization: 'Bearer abc' }, { target })).toBe('credential_ambiguous');
    expect(codeOf({}, { target: '/v1/models?access%5Ftoken=abc' })).toBe('credential_malformed');
  });

  test('is not seen in a path or in another parameter', () => {
    expect(codeOf({ authorization: 'Bearer abc' }, { target: '/access_token=abc' })).toBe(
      'token abc',
    );
    expect(codeOf({ authorization: 'Bearer abc' }, { target: '/x?api-version=1' })).toBe(
      'token abc',
    );
  });
});

describe('a local caller', () => {
  test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'calls from %s',
    (remoteAddress) => {
      expect(isLocalCaller({ remoteAddress }, {})).toBe(true);
    },
  );

  test.each(['10.0.0.1', '::ffff:10.0.0.1', '::2', '127.evil.example', undefined])(
    'does not call from %s',
    (remoteAddress) => {
      expect(isLocalCaller({ remoteAddress }, {})).toBe(false);
    },
  );

  test.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])('sends no %s', (name) => {
    expect(isLocalCaller({ remoteAddress: '127.0.0.1' }, { [name]: 'x' })).toBe(false);
  });
});
