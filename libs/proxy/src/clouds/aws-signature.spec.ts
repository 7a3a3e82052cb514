import { ByteSequence } from '#libs/common';
import { expectedSignature, signatureOf } from '#support/amazon-signature';
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

/** The signature that Amazon computes of a request as it arrives. */
function arrived(target: string, sent: Readonly<Record<string, string>>, body: Buffer): string {
  const { host } = new URL(REQUEST.origin);
  const headers = { ...sent, host, 'content-length': String(body.length) };
  const { secretAccessKey, region } = CREDENTIAL;
  const key = { secretAccessKey, region, service: 'bedrock' };
  return expectedSignature({ method: 'POST', target, headers, body }, key);
}

describe('the signature of a request to Amazon Bedrock', () => {
  it.each([
    [REQUEST.path, BODY],
    [`${REQUEST.path}?a=b`, BODY],
    ['/model/arn%3Aaws%3Abedrock%3A%3A1%3Ax%2Fy/invoke', BODY],
    ['/model/arn/converse', Buffer.from('\u00e9\u20ac')],
  ])('is the one that Amazon computes, for %s', (path, body) => {
    const signed = signedRequest({ ...REQUEST, path }, new ByteSequence([body]), CREDENTIAL, NOW);
    expect(signed.path).toBe(path);
    expect(signed.headers).toMatchObject({ accept: '*/*', 'x-amz-date': '20261130T113000Z' });
    expect(signed.headers['authorization']).toContain(
      'Credential=AKIDEXAMPLE/20261130/eu-central-1/bedrock/aws4_request',
    );
    expect(signatureOf(signed.headers)).toBe(arrived(path, signed.headers, body));
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
