import { NO_ATTRIBUTION, type Attribution } from '#libs/access';
import { scanForm, scanJsonObject } from '#libs/common';
import { BY_NOTHING, BY_TOKENS } from '#libs/spend';
import { claimOf } from './request-claim.js';

type Call = Parameters<typeof claimOf>[0];

const CALLER: Attribution = { ...NO_ATTRIBUTION, orgId: 'o', teamId: 't', userId: 'u', keyId: 'k' };
const JSON_BODY = scanJsonObject(Buffer.from('{"model":"m"}'));

function callOf(changes: Partial<Call> & { readonly caller?: Attribution } = {}): Call {
  const { caller = CALLER, ...others } = changes;
  return {
    headers: { 'idempotency-key': 'one' },
    target: '/v1/chat/completions',
    endpoint: { billing: BY_TOKENS },
    access: { attribution: caller, requestId: 'r' },
    state: { scan: JSON_BODY },
    ...others,
  };
}

const keyOf = (call: Call): string | undefined => claimOf(call)?.keyDigest.toString('hex');
const requestOf = (call: Call): string | undefined => claimOf(call)?.requestDigest.toString('hex');

async function formOf(boundary: string, file: string, filename = 'a.wav'): Promise<Call> {
  const parts = `--${boundary}\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\n\r\n${file}\r\n--${boundary}--\r\n`;
  const body = Buffer.from(parts);
  const scan = await scanForm(body, `multipart/form-data; boundary=${boundary}`);
  return callOf({ state: { scan, body } });
}

describe('a call with an Idempotency-Key', () => {
  it.each([
    ['organisation', { orgId: 'x' }],
    ['team', { teamId: 'x' }],
    ['user', { userId: 'x' }],
    ['virtual key', { keyId: 'x' }],
    ['issuer', { issuer: 'x' }],
    ['subject', { subject: 'x' }],
  ])('has another claim in another %s', (_what, change) => {
    expect(keyOf(callOf({ caller: { ...CALLER, ...change } }))).not.toBe(keyOf(callOf()));
  });

  it('has the same claim with a regenerated key, and another one with another key of the client', () => {
    const regenerated = { ...CALLER, keyId: 'later', firstKeyId: 'k' };
    expect(keyOf(callOf({ caller: regenerated }))).toBe(keyOf(callOf()));
    expect(keyOf(callOf({ headers: { 'idempotency-key': 'two' } }))).not.toBe(keyOf(callOf()));
  });

  it.each<[string, Partial<Call>]>([
    ['body', { state: { scan: scanJsonObject(Buffer.from('{"model": "m"}')) } }],
    ['body that is not JSON', { state: { body: Buffer.from('x') } }],
    ['path', { target: '/v1/completions' }],
    ['query', { target: '/v1/chat/completions?a' }],
  ])('is another request with another %s', (_what, change) => {
    expect(requestOf(callOf(change))).not.toBe(requestOf(callOf()));
    expect(requestOf(callOf(change))).toBe(requestOf(callOf(change)));
  });

  it('is the same form under another boundary, and another one with another file', async () => {
    const form = requestOf(await formOf('one', 'sound'));
    expect(requestOf(await formOf('two', 'sound'))).toBe(form);
    expect(requestOf(await formOf('one', 'noise'))).not.toBe(form);
    expect(requestOf(await formOf('one', 'sound', 'b.wav'))).not.toBe(form);
  });

  it.each<[string, Call['endpoint'], boolean]>([
    ['that has a price', { billing: BY_TOKENS }, true],
    ['without a known price', { billing: [] }, true],
    ['that starts a batch', { billing: BY_NOTHING, batch: 'starts' }, true],
    ['that costs nothing', { billing: BY_NOTHING }, false],
    ['that reads', { billing: BY_TOKENS, method: 'GET' }, false],
  ])('of an operation %s is claimed: %s', (_what, endpoint, isClaimed) => {
    expect(claimOf(callOf({ endpoint })) !== null).toBe(isClaimed);
  });

  it.each(['', ' ', 'a ', 'a\tb', 'ü', 'a'.repeat(256)])('is refused with the key %j', (key) => {
    expect(() => claimOf(callOf({ headers: { 'idempotency-key': key } }))).toThrow(
      expect.objectContaining({ code: 'request_invalid', param: 'idempotency-key' }) as Error,
    );
  });
});
