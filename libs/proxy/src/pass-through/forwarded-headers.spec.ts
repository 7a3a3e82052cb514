import type { Attribution } from '#libs/access';
import { credentialsIn } from '../upstream/credential-names.js';
import { forwardedHeaders, forwardedQuery } from './forwarded-headers.js';

const attribution: Attribution = {
  issuer: 'i',
  subject: 's',
  keyId: null,
  userId: 'u',
  teamId: null,
  orgId: null,
  endUserId: null,
};

/** Headers that the gateway itself sends. */
const OWN: ReadonlySet<string> = new Set(['user-agent', 'accept-encoding']);

/** What an upstream that is sent every header gets of those of a client. */
function sent(headers: Readonly<Record<string, string>>, isJson = false): object {
  const keyHeader = 'x-company';
  const client = {
    headers,
    attribution,
    keyHeader,
    credentials: credentialsIn(headers, keyHeader),
    isJson,
  };
  const all = forwardedHeaders(client, { headers: {}, forwardsHeaders: true });
  return Object.fromEntries(Object.entries(all).filter(([name]) => !OWN.has(name)));
}

/**
 * Each is tested alone and with a value that nothing else makes a credential: too short to be looked for in other values, so that the
 * name alone decides.
 */
const NAMES = [
  ...['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'ocp-apim-subscription-key'],
  ...['x-company', 'x_company', 'x-litellm-api-key', 'cookie', 'key', 'x-amz-date'],
];

describe('forwardedHeaders', () => {
  it.each(NAMES)('sends no %s, by its name alone', (name) => {
    expect(sent({ [name]: 'short', 'x-note': 'kept' })).toEqual({ 'x-note': 'kept' });
    expect(sent({ [`x-pass-${name}`]: 'short' })).toEqual({});
    expect(sent({ [`x-pass-x-pass-${name}`]: 'short' })).toEqual({});
  });

  it.each(NAMES)('sends nothing that contains the value of %s', (name) => {
    const headers = { [name]: 'a-long-secret', 'x-note': 'has a-long-secret', 'x-other': 'kept' };
    expect(sent({ ...headers, 'x-pass-note': 'a-long-secret' })).toEqual({ 'x-other': 'kept' });
    expect(sent({ ...headers, 'x-pass-note': 'a-long-secre' })).toEqual({ 'x-other': 'kept' });
  });

  it.each([
    'utf-16',
    '"UTF-16LE"',
    'utf-7',
    'IBM037',
    'iso-2022-jp; odata=none',
    '',
    'utf-8, utf-7',
    '"utf-8;charset=utf-7"',
    'utf-8; charset=utf-16',
    'utf-16; charset=utf-8',
    "utf-8; charset*=''utf-7",
  ])('sends no charset %s with a JSON object, which was read as UTF-8', (charset) => {
    const type = `application/json ; Charset=${charset}`;
    for (const name of ['content-type', 'x-pass-content-type']) {
      expect(sent({ [name]: type }, true)).toEqual({ 'content-type': 'application/json' });
      expect(sent({ [name]: type })).toEqual({ 'content-type': type });
    }
  });

  it.each(['utf-8', 'UTF8', '"utf-8"', 'utf-8 ; odata=none'])(
    'leaves the type of a JSON object with the charset %s as it is',
    (charset) => {
      const type = `application/json; charset=${charset}`;
      expect(sent({ 'content-type': type }, true)).toEqual({ 'content-type': type });
    },
  );

  it('sends what stands behind x-pass- under its own name, and the headers of the target last', () => {
    expect(sent({ 'x-pass-x-note': 'passed', 'x-note': 'plain' })).toEqual({ 'x-note': 'passed' });
    const target = { headers: { 'X-Note': 'own' }, forwardsHeaders: true };
    const headers = { 'x-pass-x-note': 'passed' };
    const client = { headers, attribution, keyHeader: null, credentials: [] };
    expect(forwardedHeaders(client, target)).toMatchObject({ 'x-note': 'own' });
  });
});

describe('forwardedQuery', () => {
  it.each(['key', 'api_key', 'api-key', 'apikey', 'x_company', 'sig', 'access_token'])(
    'sends no %s, by its name alone',
    (name) => {
      const client = { credentials: [], keyHeader: 'x-company' };
      expect(forwardedQuery(`?${name}=short&note=kept`, client, {})).toBe('?note=kept');
      expect(forwardedQuery(`?${name.toUpperCase()}=short`, client, {})).toBe('');
    },
  );

  it('sends nothing that contains a credential of the client, and the parameters of the target that the client has not', () => {
    const client = { credentials: ['a-long-secret'], keyHeader: null };
    expect(forwardedQuery('?a=a-long-secret&b=2', client, { b: '3', key: 'own' })).toBe(
      '?b=2&key=own',
    );
  });
});
