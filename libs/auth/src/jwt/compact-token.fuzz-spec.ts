import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { compactVerify } from 'jose';
import { isGatehouseError } from '#libs/common';
import { anyText, damaged, describeFuzzTarget } from '#support/fuzz';
import { aSigningKey, signToken } from '#support/signing';
import { parseCompactToken } from './compact-token.js';

const KEY = aSigningKey('ES256');
const PUBLIC_KEY = createPublicKey(KEY.privateKey);
const GOOD = signToken(KEY, { payload: { iss: 'https://issuer.example', sub: 'alice', n: 1.5 } });
const [GOOD_HEADER = '', GOOD_PAYLOAD = '', GOOD_SIGNATURE = ''] = GOOD.split('.');

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** Headers and payloads that are nearly JSON objects, in a token that is otherwise whole. */
const nearlyTokens = fc
  .tuple(
    damaged('{"alg":"ES256","kid":"k","typ":"JWT"}', ['"alg":"none",', '"crit":[],', '\\u0061']),
    damaged('{"iss":"i","sub":"s","exp":1}', ['"iss":"j",', '[[[[', '1e999', '\\ud800']),
  )
  .map(([header, payload]) => `${encoded(header)}.${encoded(payload)}.${GOOD_SIGNATURE}`);

describeFuzzTarget({
  name: 'compact-token',
  inputs: fc.oneof(
    anyText(),
    damaged(GOOD, ['.', '=', '+', '/', GOOD_HEADER, GOOD_PAYLOAD, GOOD_SIGNATURE]),
    nearlyTokens,
  ),
  holds: async (token) => {
    const parsed = parsedOrRefused(token);
    const reference = await referenceClaims(token);
    // A token that another library verifies is either read with the same claims here, or refused.
    if (reference !== null && parsed !== null) expect(parsed.claims).toEqual(reference);
    if (token !== GOOD) expect(reference === null || parsed === null).toBe(true);
  },
});

function parsedOrRefused(token: string): ReturnType<typeof parseCompactToken> | null {
  try {
    return parseCompactToken(token, false);
  } catch (error) {
    if (!isGatehouseError(error)) throw error;
    expect(error.status).toBe(401);
    return null;
  }
}

async function referenceClaims(token: string): Promise<unknown> {
  try {
    const { payload } = await compactVerify(token, PUBLIC_KEY);
    return JSON.parse(Buffer.from(payload).toString()) as unknown;
  } catch {
    return null;
  }
}
