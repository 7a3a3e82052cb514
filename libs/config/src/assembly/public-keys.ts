import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
const MAX_FILE_BYTES = 262_144;
/** Limit of the keys without an id to choose by: each is tried for every token. */
const MAX_KEYS = 4;
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const CURVES = new Set<string | undefined>(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * The PEM blocks of `public_keys`: keys or certificates, written out or in files. Each is evaluated here, so that a wrong
 * one refuses the start; no message says more than which entry it is.
 * @param entries PEM texts or paths
 * @param directory what paths are relative to
 * @param place where the list stands
 */
export function publicKeysOf(
  entries: readonly string[],
  directory: string,
  place: ConfigPath,
): readonly string[] {
  const blocks = entries.flatMap((entry, index) => {
    const where = place.item(index);
    const text = entry.includes('-----BEGIN ') ? entry : fileText(resolve(directory, entry), where);
    return text === null ? [] : evaluatedBlocks(text, where);
  });
  if (blocks.length > MAX_KEYS)
    place.refuse(
      `has ${String(blocks.length)} keys, and at most ${String(MAX_KEYS)} are tried for a token`,
      'Remove those that sign nothing, or publish a key set (jwks_url), where keys have ids.',
    );
  return blocks;
}

function fileText(path: string, place: ConfigPath): string | null {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_FILE_BYTES) return bytes.toString('utf8');
    return place.refuse('is a file that is too long for a key', 'Write the path of a PEM file.');
  } catch {
    return place.refuse(
      'is neither PEM text nor a file that can be read',
      'Write -----BEGIN PUBLIC KEY----- …, or a path as seen from the configuration file.',
    );
  }
}

function evaluatedBlocks(text: string, place: ConfigPath): readonly string[] {
  const blocks = [...text.matchAll(PEM_BLOCK)];
  if (blocks.length === 0) {
    place.refuse('holds no PEM block', 'Write -----BEGIN PUBLIC KEY----- or CERTIFICATE.');
    return [];
  }
  return blocks.map(([block, label = '']) => {
    evaluateBlock(block, label, place);
    return block;
  });
}

function evaluateBlock(block: string, label: string, place: ConfigPath): void {
  const remedy = 'Export the public key: openssl pkey -in key.pem -pubout.';
  if (label.includes('PRIVATE')) {
    place.refuse('holds a private key, which belongs to the issuer alone', remedy);
    return;
  }
  const problem = problemOf(block);
  if (problem !== null) place.refuse(problem, remedy);
  else if (label === 'CERTIFICATE' && hasEnded(block))
    place.warn('is a certificate that has ended; its key goes on counting');
}

function problemOf(block: string): string | null {
  let key: KeyObject;
  try {
    key = createPublicKey(block);
  } catch {
    return 'is not a readable public key or certificate';
  }
  const { modulusLength: bits, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return null;
    case 'ec':
      return CURVES.has(namedCurve) ? null : 'is a key of a curve that is not supported';
    case 'rsa':
      return isSoundLength(bits) ? null : 'is an RSA key that is too short or too long';
    default:
      return 'is a key of a kind that is not supported';
  }
}

function isSoundLength(bits: number | undefined): boolean {
  return bits !== undefined && bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS;
}

function hasEnded(block: string): boolean {
  return Date.parse(new X509Certificate(block).validTo) < Date.now();
}
