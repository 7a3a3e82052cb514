import { readFileSync } from 'node:fs';
import { jsonObjectOf } from '#libs/common';
import { isLoopbackHost } from '../model/loopback.js';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';

type Members = Readonly<Record<string, unknown>>;

/** A credentials file of Google Cloud. */
export interface GoogleCredentials {
  /** Its JSON. Secret. */
  readonly text: string;
  /** The project that it names; `null` for none. */
  readonly project: string | null;
}

const MAX_FILE_BYTES = 65_536;
const REMEDY = 'Write the path of a credentials file of Google Cloud, or its JSON.';
const TYPES: ReadonlySet<string> = new Set([
  'service_account',
  'authorized_user',
  'external_account',
]);
/** Members with an address to which a credential is sent. */
const TOKEN_ADDRESSES = ['token_uri', 'token_url', 'service_account_impersonation_url'] as const;

/**
 * Reads a credentials file, so that a wrong one refuses the start; no message repeats any of it.
 * @param written its path, or its JSON
 * @returns `null` after recording a problem
 */
export function googleCredentials(written: string, place: ConfigPath): GoogleCredentials | null {
  const isInline = written.trimStart().startsWith('{');
  const text = isInline ? written : fileText(written);
  if (text === null)
    return place.refuse('is neither JSON nor the path of a file that can be read', REMEDY);
  const members = jsonObjectOf(text);
  const problem = members === null ? 'is not a JSON object' : problemOf(members);
  if (members === null || problem !== null) return place.refuse(problem ?? '', REMEDY);
  const { project_id: project } = members;
  return { text, project: typeof project === 'string' && project !== '' ? project : null };
}

function fileText(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    return bytes.length > MAX_FILE_BYTES ? null : bytes.toString('utf8');
  } catch {
    return null;
  }
}

function problemOf(members: Members): string | null {
  const { type, client_email: email, private_key: key } = members;
  if (typeof type !== 'string' || !TYPES.has(type))
    return 'is not a credentials file of a type that is supported';
  if (type === 'service_account' && (typeof email !== 'string' || typeof key !== 'string'))
    return 'is a service account without client_email and private_key';
  return TOKEN_ADDRESSES.some((name) => !mayReceiveSecrets(members[name]))
    ? 'has an address for tokens that is not https'
    : null;
}

/** Plain http would show the credential to everyone on the way. */
function mayReceiveSecrets(address: unknown): boolean {
  if (address === undefined || address === null) return true;
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
