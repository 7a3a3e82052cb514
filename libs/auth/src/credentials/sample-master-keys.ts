/** Keys that stand in public guides and examples, so that everybody knows them. */
const SAMPLES: ReadonlySet<string> = new Set([
  'sk-1234',
  'sk-12345',
  'sk-123456',
  'sk-1234567',
  'sk-12345678',
  'sk-123456789',
  'sk-1234567890',
  'sk-master-key',
  'sk-changeme',
  'sk-change-me',
  'sk-example',
  'sk-test',
]);

/**
 * Tells whether a master key stands in public examples, and therefore protects nothing.
 * @param masterKey the configured key
 */
export function isSampleMasterKey(masterKey: string): boolean {
  return SAMPLES.has(masterKey.toLowerCase());
}
