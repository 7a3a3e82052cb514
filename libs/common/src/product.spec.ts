import { readFileSync } from 'node:fs';
import { PRODUCT_VERSION, USER_AGENT } from './product.js';

test('the version of the program is that of its package', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  expect(PRODUCT_VERSION).toBe(manifest.version);
  expect(USER_AGENT).toMatch(/^gatehouse\/\d+\.\d+\.\d+$/);
});
