import { containsOne, containsWhole } from './credential-parts.js';

const HEADER = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url');
const CLAIMS = { iss: 'https://idp.acme.example', sub: '0b7f', email: 'a@acme.example', exp: 1 };
const PAYLOAD = Buffer.from(JSON.stringify(CLAIMS)).toString('base64url');
const SIGNATURE = Buffer.from('a signature, which is random as a rule').toString('base64url');
const JWT = `${HEADER}.${PAYLOAD}.${SIGNATURE}`;
const KEY = 'sk-3f8a91c07be24d55a6';
const SHORT = 'pa55word';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('containsOne', () => {
  it.each([
    ['a token', JWT],
    ['a token without its last character', JWT.slice(0, -1)],
    ['a token without its first character', JWT.slice(1)],
    ['a token behind a scheme', `Bearer ${JWT}`],
    ['the payload of a token', `x ${PAYLOAD} y`],
    ['the signature of a token', SIGNATURE],
    ['the first half of a token', JWT.slice(0, JWT.length / 2)],
    [
      'a token, percent-encoded wholly',
      JWT.replace(/./g, (one) => `%${one.charCodeAt(0).toString(16)}`),
    ],
    ['a token in Base64', base64(JWT)],
    ['a token behind others in Base64', `Basic ${base64(`user:${JWT}`)}`],
    ['a token behind letters and Base64', `abc${base64(`user:${JWT}`)}`],
    ['a token in Base64 twice', base64(base64(`u:${JWT}`))],
    ['a token in hexadecimal digits', Buffer.from(JWT).toString('hex')],
    ['a key', KEY],
    ['a key without its last character', KEY.slice(0, -1)],
    ['a key without its first character', KEY.slice(1)],
    ['a key in Base64, without its end', base64(`x:${KEY}`).slice(0, -4)],
    ['a short secret', `x${SHORT}`],
    ['a short secret without its last character', SHORT.slice(0, -1)],
  ])('finds %s', (_what, text) => {
    expect(containsOne(text, [JWT, KEY, SHORT])).toBe(true);
  });

  it.each([
    ['another token with the same header', `${HEADER}.${base64('{"sub":"another"}')}.c2lnbmF0dXJl`],
    ['the header alone', HEADER],
    ['an id that begins as keys do', 'sk-3f8a91'],
    ['an ordinary text', 'application/json; charset=utf-8, text/event-stream'],
    ['a digest', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ['an address', 'https://idp.acme.example/a@acme.example'],
    ['half of a short secret', 'pa55'],
    ['nothing', ''],
  ])('takes %s for no credential', (_what, text) => {
    expect(containsOne(text, [JWT, KEY, SHORT])).toBe(false);
  });
});

describe('containsWhole', () => {
  it('finds a whole secret, also encoded, and no part of one', () => {
    for (const text of [`x${KEY}`, base64(`u:${KEY}`)])
      expect(containsWhole(text, [KEY])).toBe(true);
    for (const text of [KEY.slice(1), '', 'application/json'])
      expect(containsWhole(text, [KEY, 'application/xml'])).toBe(false);
  });
});
