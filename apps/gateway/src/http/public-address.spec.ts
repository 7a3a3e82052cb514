import { metadataAddressOf, publicAddressOf } from './public-address.js';

const addressOf = (headers: Record<string, string>, publicUrl: string | null = null) => {
  const address = publicAddressOf(headers, publicUrl);
  return address === null ? null : metadataAddressOf(address);
};

describe('the public address', () => {
  it('is the configured one and does not depend on the request', () => {
    const headers = { host: 'evil.example', 'x-forwarded-proto': 'http' };
    expect(addressOf(headers, 'https://llm.acme.example/gw/')).toBe(
      'https://llm.acme.example/.well-known/oauth-protected-resource/gw',
    );
  });

  it.each([
    ['127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['LLM.acme.example', 'http://llm.acme.example'],
    ['[::1]:4000', 'http://[::1]:4000'],
    ['llm.acme.example:80', 'http://llm.acme.example'],
  ])('is made of the host %s that the client used', (host, origin) => {
    expect(addressOf({ host })).toBe(`${origin}/.well-known/oauth-protected-resource`);
  });

  it('has the scheme that a proxy in front tells of', () => {
    const https = 'https://h/.well-known/oauth-protected-resource';
    expect(addressOf({ host: 'h', 'x-forwarded-proto': 'https' })).toBe(https);
    expect(addressOf({ host: 'h', 'x-forwarded-proto': 'HTTPS, http' })).toBe(https);
    expect(addressOf({ host: 'h', 'x-forwarded-proto': 'javascript' })).toMatch(/^http:/);
  });

  it.each(['a"b', 'a b', 'user@host', 'host/path', 'a\\b', '-', '', 'h:123456', 'a'.repeat(300)])(
    'is none for the host %j',
    (host) => {
      expect(addressOf({ host })).toBeNull();
    },
  );
});
