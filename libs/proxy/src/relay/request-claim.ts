import { createHash, type Hash } from 'node:crypto';
import { FormScan } from '#libs/common';
import { ownerOf, type RequestClaim } from '#libs/objects';
import { BY_NOTHING } from '#libs/spend';
import type { Operation } from '../endpoints/request/endpoint.js';
import { invalidParameter } from '../endpoints/request/request-values.js';
import type { RelayCall } from '../planning/relay-call.js';

const HEADER = 'idempotency-key';
/** As in draft-ietf-httpapi-idempotency-key-header, which leaves the form to the server. */
const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** A call, as far as it decides what counts as its repeat. */
type ClaimingCall = Pick<RelayCall, 'headers' | 'target'> & {
  readonly endpoint: Pick<Operation, 'method' | 'billing' | 'batch'>;
  readonly access: Pick<RelayCall['access'], 'attribution' | 'requestId'>;
  readonly state: Pick<RelayCall['state'], 'scan' | 'body'>;
};

/**
 * Returns the claim of a call whose client sends `Idempotency-Key`; `null` for any other, and for operations that no upstream
 * bills. Callers are apart by organisation, team, user, key and subject of the token. Requests are the same byte for
 * byte; forms are compared by their parts, because each has a boundary of its own.
 * @throws GatehouseError `request_invalid` for a key that is empty, too long or not visible ASCII and blanks
 */
export function claimOf({
  headers,
  target,
  endpoint,
  access,
  state,
}: ClaimingCall): RequestClaim | null {
  const key = headers[HEADER];
  if (typeof key !== 'string' || !isCharged(endpoint)) return null;
  if (!KEY.test(key))
    throw invalidParameter(
      HEADER,
      `"${HEADER}" must be 1 to 255 characters of visible ASCII and blanks.`,
    );
  const { organizationId, teamId, userId, keyId, issuer, subject } = ownerOf(access.attribution);
  const caller = [organizationId, teamId, userId, keyId, issuer, subject];
  const request = digestOf([endpoint.method ?? 'POST', target]);
  addBody(request, state);
  return {
    keyDigest: digestOf([...caller, key]).digest(),
    requestDigest: request.digest(),
    requestId: access.requestId,
  };
}

function isCharged({ method = 'POST', billing, batch }: ClaimingCall['endpoint']): boolean {
  return method === 'POST' && (billing !== BY_NOTHING || batch === 'starts');
}

function addBody(digest: Hash, { scan, body }: ClaimingCall['state']): void {
  const bytes = scan?.bytes ?? body;
  if (bytes !== undefined) digest.update(bytes);
  if (!(scan instanceof FormScan)) return;
  for (const { name, filename, contentType, bytes: file } of scan.files) {
    // With its length, so that no file can be read as another part.
    digest.update(JSON.stringify([name, filename, contentType, file.length]));
    digest.update(file);
  }
}

function digestOf(values: readonly unknown[]): Hash {
  return createHash('sha256').update(JSON.stringify(values));
}
