import { createHash, createHmac } from 'node:crypto';

/** A key that a server knows, and the service and region for which requests are signed. */
export interface AmazonKey {
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
}

/** A request as it was received. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer | string;
}

/** Returns the signature by Amazon's own description, of the headers that a request says it signs; empty for a request without one. */
export function expectedSignature(
  { method, target, headers, body }: SignedRequest,
  { secretAccessKey, region, service }: AmazonKey,
): string {
  const time = textOf(headers['x-amz-date']);
  const day = time.slice(0, 8);
  const names = /SignedHeaders=([^,]+)/.exec(textOf(headers['authorization']))?.[1] ?? '';
  const [pathname = '', query = ''] = target.split('?');
  const canonical = [
    method,
    pathname.split('/').map(encodeURIComponent).join('/'),
    query,
    ...names.split(';').map((name) => `${name}:${textOf(headers[name])}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  let key = hmac(`AWS4${secretAccessKey}`, day);
  for (const part of [region, service, 'aws4_request']) key = hmac(key, part);
  return hmac(key, text).toString('hex');
}

/** Returns the signature that a request has; empty for none. */
export function signatureOf(headers: SignedRequest['headers']): string {
  return /Signature=([0-9a-f]{64})$/.exec(textOf(headers['authorization']))?.[1] ?? '';
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
