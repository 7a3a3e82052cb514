import type { NetworkSettings } from '#libs/config';
import { proxyOf } from './proxy-choice.js';

const HTTP = 'http://proxy.example:3128';
const HTTPS = 'http://secure-proxy.example:3128';

describe('proxyOf', () => {
  const through = (url: string, noProxy: readonly string[] = [], network = {}): string | null => {
    const settings: NetworkSettings = {
      httpProxy: HTTP,
      httpsProxy: HTTPS,
      noProxy,
      certificates: null,
      ...network,
    };
    return proxyOf(new URL(url), settings);
  };

  it('chooses by the scheme of the address', () => {
    expect(through('http://llm.example/v1')).toBe(HTTP);
    expect(through('https://llm.example/v1')).toBe(HTTPS);
    expect(through('https://llm.example/v1', [], { httpsProxy: null })).toBeNull();
    expect(through('http://llm.example/v1', [], { httpProxy: null })).toBeNull();
  });

  it.each(['http://localhost:1', 'https://127.0.0.1', 'https://127.1.2.3', 'http://[::1]:8080'])(
    'reaches this machine directly: %s',
    (url) => {
      expect(through(url)).toBeNull();
    },
  );

  it.each([
    ['https://llm.example', '*'],
    ['https://llm.example', 'llm.example'],
    ['https://LLM.example.', 'llm.example'],
    ['https://llm.example', 'LLM.EXAMPLE.'],
    ['https://llm.example', 'example'],
    ['https://llm.example', '.example'],
    ['https://llm.example', '*.example'],
    ['https://llm.example', 'llm.example:443'],
    ['http://llm.example:8080', 'llm.example:8080'],
    ['https://llm.example', '*:443'],
    ['https://10.1.2.3', '10.1.2.3'],
    ['https://10.1.2.3', '10.0.0.0/8'],
    ['https://10.1.2.3:8443', '10.1.2.3:8443'],
    ['https://[fd00::1]', 'fd00::1'],
    ['https://[fd00::1]', '[fd00:0::1]'],
    ['https://[fd00::1]:8443', '[fd00::1]:8443'],
    ['https://[fd00::1]', 'fd00::/8'],
  ])('reaches %s directly by the entry %s', (url, entry) => {
    expect(through(url, ['other.example', entry])).toBeNull();
  });

  it.each([
    ['https://llm.example', 'lm.example'],
    ['https://llm.example', 'llm.example.com'],
    ['https://example', '*.example'],
    ['https://llm.example', 'llm.example:8443'],
    ['https://llm.example', '.'],
    ['https://10.1.2.3', '10.1.2'],
    ['https://10.1.2.3', '11.0.0.0/8'],
    ['https://10.1.2.3', '10.0.0.0/99'],
    ['https://10.1.2.3', 'fd00::/8'],
    ['https://[fd00::1]', 'fe80::/10'],
    ['https://llm.example', '10.0.0.0/8'],
  ])('reaches %s through the proxy despite the entry %s', (url, entry) => {
    expect(through(url, [entry])).toBe(HTTPS);
  });
});
