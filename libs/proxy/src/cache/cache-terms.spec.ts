import { scanJsonObject } from '#libs/common';
import { cacheTermsOf } from './cache-terms.js';

const termsOf = (body: object, isDefaultOff: boolean) =>
  cacheTermsOf(
    { ttlSeconds: 60, isDefaultOff },
    scanJsonObject(Buffer.from(JSON.stringify(body))),
    {},
  );

describe.each([true, false])(
  'what a request says about the cache (off by default: %j)',
  (isOff) => {
    it.each([
      ['cache.ttl', { ttl: 'x' }],
      ['cache.s-maxage', { 's-maxage': -1 }],
      ['cache.namespace', { namespace: 1 }],
      ['cache.no-store', { 'no-store': 'yes' }],
      ['cache', 'off'],
    ])('is refused for %s', (param, cache) => {
      for (const body of [{ cache }, { cache, caching: false }])
        expect(() => termsOf(body, isOff)).toThrow(
          expect.objectContaining({ code: 'request_invalid', param }),
        );
    });

    it('is obeyed', () => {
      const terms = termsOf({ cache: { ttl: 5, 'use-cache': true } }, isOff);
      expect(terms).toMatchObject({ mayRead: true, mayStore: true, ttlSeconds: 5 });
      expect(termsOf({ caching: false }, isOff)).toMatchObject({ mayRead: false, mayStore: false });
      expect(termsOf({}, isOff).mayRead).toBe(!isOff);
    });
  },
);
