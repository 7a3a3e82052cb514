import { credentialsIn, isCredentialName } from './credential-names.js';
import { containsOne } from './credential-parts.js';

describe('a credential', () => {
  it.each([
    ...['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'ocp-apim-subscription-key'],
    ...['x-litellm-api-key', 'cookie', 'proxy-authorization'],
    ...['key', 'sig', 'x-amz-date', 'x-amz-security-token', 'x-ms-client-principal'],
  ])('is known by the name %s in any spelling, and by its value then', (name) => {
    const spellings = [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replace('-', '.')];
    for (const one of spellings) {
      expect([one, isCredentialName(one, null)]).toEqual([one, true]);
      expect(credentialsIn({ [one]: 'a-long-secret' }, null)).toEqual(['a-long-secret']);
    }
  });

  it('is known by the configured name, in any spelling', () => {
    for (const name of ['x-company', 'X-Company', 'x_company', 'x.company']) {
      expect(isCredentialName(name, 'x-company')).toBe(true);
      expect(isCredentialName(name, null)).toBe(false);
    }
  });

  it.each([
    ...['accept', 'content-type', 'anthropic-version', 'note', 'monkey', 'keyword', 'author'],
    ...['max_tokens', 'max_completion_tokens', 'page_token', 'pageToken', 'next_page_token'],
  ])('is not meant by %s', (name) => {
    expect(isCredentialName(name, 'x-company')).toBe(false);
  });

  it('is found in a value without its scheme, as a part of a cookie, encoded and in Base64', () => {
    const sent = { authorization: 'Bearer one-secret/+', cookie: 'a=two-secret; b=three-secret' };
    const credentials = credentialsIn(sent, null);
    expect(credentials).toEqual(
      expect.arrayContaining(['one-secret/+', 'two-secret', 'three-secret']),
    );
    const encoded = encodeURIComponent('one-secret/+');
    const base64 = Buffer.from('one-secret/+').toString('base64');
    for (const text of ['x one-secret/+ y', `x=${encoded}`, base64, 'three-secret'])
      expect(containsOne(text, credentials)).toBe(true);
    expect(containsOne('secret', credentials)).toBe(false);
  });
});
