import { configuredEndpointOf, type ConfiguredEndpoint } from './configured-endpoint.js';

const endpoint = (path: string, further: Partial<ConfiguredEndpoint> = {}): ConfiguredEndpoint => ({
  ...{ path, includesSubpath: false, methods: null, needsCredential: true },
  ...further,
});
const PLAIN = endpoint('/plain');
const DEEP = endpoint('/deep', { includesSubpath: true });
const INNER = endpoint('/deep/inner');
const WRITTEN = endpoint('/plain', { methods: ['PUT'] });

describe('the configured endpoint of a call', () => {
  it.each<readonly [path: string, expected: ConfiguredEndpoint | undefined]>([
    ['/plain', PLAIN],
    ['/plain/below', undefined],
    ['/plain/below/it', undefined],
    ['/plainer', undefined],
    ['/deep', DEEP],
    ['/deep/below', DEEP],
    ['/deep/below/it', DEEP],
    ['/deeper', undefined],
    ['/deep/inner', INNER],
    ['/deep/inner/below', DEEP],
    ['/', undefined],
  ])('at %s has everything below it with include_subpath alone', (path, expected) => {
    for (const endpoints of [
      [PLAIN, DEEP, INNER],
      [INNER, DEEP, PLAIN],
    ])
      expect(configuredEndpointOf('POST', path, endpoints)).toBe(expected);
  });

  it('is one that has its method', () => {
    expect(configuredEndpointOf('PUT', '/plain', [WRITTEN])).toBe(WRITTEN);
    expect(configuredEndpointOf('GET', '/plain', [WRITTEN])).toBeUndefined();
    expect(configuredEndpointOf('GET', '/plain', [WRITTEN, PLAIN])).toBe(PLAIN);
  });
});
