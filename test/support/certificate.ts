import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key, in PEM form. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateWish {
  /** Host name in the subject alternative name. */
  readonly host?: string;
  /** Hours from now until it ends; negative for one that has expired. */
  readonly hours?: number;
  /** Who signs it; left out: itself. */
  readonly issuer?: TestAuthority;
}

/** A certificate authority that a test makes up. */
export interface TestAuthority {
  readonly cert: string;
  readonly name: string;
  readonly key: KeyObject;
}

const HOUR_MS = 3_600_000;
const ECDSA_SHA256 = seq(oid('2a8648ce3d040302'));

/** Returns a certificate authority that nothing trusts yet. */
export function aTestAuthority(name = 'Test CA'): TestAuthority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // basicConstraints, critical: CA true.
  const constraints = seq(oid('551d13'), tlv(0x01, 'ff'), tlv(0x04, seq(tlv(0x01, 'ff'))));
  const body = { subject: name, issuer: name, hours: 24, publicKey, extension: constraints };
  return { cert: signed(body, privateKey), name, key: privateKey };
}

/** Returns a server's certificate (RFC 5280 section 4.1), made by hand so that tests need no program for it. */
export function aCertificate(wish: CertificateWish = {}): TestCertificate {
  const { host = 'localhost', hours = 24, issuer } = wish;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = seq(oid('551d11'), tlv(0x04, seq(tlv(0x82, Buffer.from(host)))));
  const body = { subject: host, issuer: issuer?.name ?? host, hours, publicKey, extension: names };
  const key: string = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { cert: signed(body, issuer?.key ?? privateKey), key };
}

interface Body {
  readonly subject: string;
  readonly issuer: string;
  readonly hours: number;
  readonly publicKey: KeyObject;
  readonly extension: Buffer;
}

function signed(body: Body, key: KeyObject): string {
  const now = Date.now();
  const certificate = seq(
    tlv(0xa0, tlv(0x02, '02')),
    tlv(0x02, '01'),
    ECDSA_SHA256,
    nameOf(body.issuer),
    seq(time(now - 48 * HOUR_MS), time(now + body.hours * HOUR_MS)),
    nameOf(body.subject),
    body.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, seq(body.extension)),
  );
  const signature = Buffer.concat([Buffer.of(0), sign('sha256', certificate, key)]);
  const der = seq(certificate, ECDSA_SHA256, tlv(0x03, signature)).toString('base64');
  const lines = der.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function nameOf(common: string): Buffer {
  return seq(tlv(0x31, seq(oid('550403'), tlv(0x0c, Buffer.from(common)))));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return tlv(0x18, Buffer.from(`${text}Z`));
}

function oid(hex: string): Buffer {
  return tlv(0x06, hex);
}

function seq(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function tlv(tag: number, value: Buffer | string): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value, 'hex') : value;
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
