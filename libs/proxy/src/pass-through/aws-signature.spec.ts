import { createHash, createHmac } from 'node:crypto';
import { ByteSequence } from '#libs/common';
import { signedRequest } from './aws-signature.js';

const NOW = new Date('2026-11-30T11:30:00.000Z');
const CREDENTIAL = {
  region: 'eu-central-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
};
const REQUEST = {
  origin: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  path: '/model/eu.anthropic.claude-x-v1:0/invoke',
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: '*/*' },
};
const BODY = Buffer.from('{"max_tokens":1}');

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest();

/** The signature by AWS's own description, of the headers that a request says it signs. */
function expectedSignature(
  path: string,
  sent: Readonly<Record<string, string>>,
  body: Buffer,
): string {
  const names = /SignedHeaders=([^,]+)/.exec(sent['authorization'] ?? '')?.[1] ?? '';
  const headers: Readonly<Record<string, string>> = {
    ...sent,
    host: new URL(REQUEST.origin).host,
    'content-length': String(body.length),
  };
  const [pathname = '', query = ''] = path.split('?');
  const canonicalPath = pathname.split('/').map(encodeURIComponent).join('/');
  const canonical = [
    'POST',
    canonicalPath,
    query,
    ...names.split(';').map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = '20261130/eu-central-1/bedrock/aws4_request';
  const text = ['AWS4-HMAC-SHA256', '20261130T113000Z', scope, sha256(canonical)].join('\n');
  let key = hmac(`AWS4${CREDENTIAL.secretAccessKey}`, '20261130');
  for (const part of ['eu-central-1', 'bedrock', 'aws4_request']) key = hmac(key, part);
  return hmac(key, text).toString('hex');
}

const signatureOf = (headers: Readonly<Record<string, string>>): string =>
  /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1] ?? '';

describe('the signature of a request to Amazon Bedrock', () => {
  it.each([
    [REQUEST.path, BODY],
    [`${REQUEST.path}?a=b`, BODY],
    ['/model/arn/converse', Buffer.from('\u00e9\u20ac')],
  ])('is the one that Amazon computes, for %s', (path, body) => {
    const signed = signedRequest({ ...REQUEST, path }, new ByteSequence([body]), CREDENTIAL, NOW);
    expect(signed.path).toBe(path);
    expect(signed.headers).toMatchObject({ accept: '*/*', 'x-amz-date': '20261130T113000Z' });
    expect(signed.headers['authorization']).toContain(
      'Credential=AKIDEXAMPLE/20261130/eu-central-1/bedrock/aws4_request',
    );
    expect(signatureOf(signed.headers)).toBe(expectedSignature(path, signed.headers, body));
  });

  it('depends on the body, and carries the token of a temporary credential', () => {
    const sign = (body: string, sessionToken: string | null = null) =>
      signedRequest(
        REQUEST,
        new ByteSequence([Buffer.from(body)]),
        { ...CREDENTIAL, sessionToken },
        NOW,
      ).headers;
    expect(signatureOf(sign('{"a":1}'))).not.toBe(signatureOf(sign('{"a":2}')));
    expect(sign('{}')).not.toHaveProperty('x-amz-security-token');
    const temporary = sign('{}', 'session-token');
    expect(temporary['x-amz-security-token']).toBe('session-token');
    expect(temporary['authorization']).toContain('x-amz-security-token');
    expect(JSON.stringify(temporary)).not.toContain(CREDENTIAL.secretAccessKey);
  });
});
