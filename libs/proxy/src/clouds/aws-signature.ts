import aws4 from 'aws4';
import type { ByteSequence } from '#libs/common';
import type { AwsCredential } from '#libs/config';
import type { UpstreamRequest } from '../upstream/upstream-call.js';

const SERVICE = 'bedrock';

/**
 * Returns a request to Amazon Bedrock with its signature (Signature Version 4). Of its headers the content type is signed, and
 * those of the signature itself.
 * @param now when it is signed; Amazon takes it for five minutes
 */
export function signedRequest(
  request: Omit<UpstreamRequest, 'body'>,
  body: ByteSequence,
  { region, accessKeyId, secretAccessKey, sessionToken }: AwsCredential,
  now: Date,
): Pick<UpstreamRequest, 'origin' | 'path' | 'headers'> {
  const { origin, path, method, headers } = request;
  const type = headers['content-type'] ?? 'application/json';
  const bytes = body.joined();
  const signed = aws4.sign(
    {
      service: SERVICE,
      region,
      method,
      host: new URL(origin).host,
      path,
      headers: { 'content-type': type, 'x-amz-date': dateOf(now) },
      ...(bytes.length === 0 ? {} : { body: bytes as unknown as string }),
    },
    {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === null ? {} : { sessionToken }),
    },
  );
  return { origin, path, headers: { ...headers, ...signatureIn(signed.headers ?? {}) } };
}

/** `20261130T113000Z` */
function dateOf(now: Date): string {
  return now.toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
}

function signatureIn(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const isSent =
      lower.startsWith('x-amz-') || lower === 'authorization' || lower === 'content-type';
    if (isSent && typeof value === 'string') found[lower] = value;
  }
  return found;
}
