import type { IncomingHttpHeaders } from 'node:http';
import type { PassThroughTarget } from '#libs/config';
import { comparableName, isCredentialName } from '../upstream/credential-names.js';
import { containsWhole } from '../upstream/credential-parts.js';

const VISIBLE = /^[\x20-\x7e]{0,8192}$/;
const MIN_SECRET_LENGTH = 8;

/**
 * Headers of a response that are not for the client: of one connection and its framing, of the place and the account of the
 * upstream, and those that the gateway sets itself. `retry-after` among them, so that its presence always means a limit of the
 * gateway (docs/reference/http.md).
 */
const WITHHELD: ReadonlySet<string> = new Set([
  'age',
  'alt-svc',
  'clear-site-data',
  'connection',
  'content-encoding',
  'content-length',
  'content-location',
  'content-security-policy',
  'date',
  'keep-alive',
  'link',
  'location',
  'nel',
  'openai-organization',
  'openai-project',
  'anthropic-organization-id',
  'public-key-pins',
  'refresh',
  'report-to',
  'retry-after',
  'server',
  'service-worker-allowed',
  'sourcemap',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'via',
  'www-authenticate',
  'x-content-type-options',
  'x-frame-options',
  'x-powered-by',
  'x-request-id',
]);
const WITHHELD_PREFIXES =
  /^(?:access-control-|cf-|cross-origin-|proxy-|x-accel-|x-forwarded|x-gatehouse|x-litellm|x-original)/;

/**
 * Returns the headers of a response that the client may see. No credential is among them, neither by its name nor by its value:
 * an upstream may repeat in its response what it was sent.
 */
export function relayedResponseHeaders(
  headers: IncomingHttpHeaders,
  target: Pick<PassThroughTarget, 'headers' | 'query' | 'aws'>,
): (readonly [name: string, value: string])[] {
  const secrets = secretsOf(target);
  const named = new Set(
    (headers.connection ?? '').split(',').map((one) => one.trim().toLowerCase()),
  );
  const relayed: (readonly [name: string, value: string])[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || named.has(name) || !isForClients(name)) continue;
    if (VISIBLE.test(value) && !containsWhole(value, secrets)) relayed.push([name, value]);
  }
  return relayed;
}

function isForClients(name: string): boolean {
  const compared = comparableName(name);
  const isCount = /^x-ratelimit-|^anthropic-ratelimit-|-token-count$/.test(compared);
  return (
    !WITHHELD.has(compared) &&
    !WITHHELD_PREFIXES.test(compared) &&
    (isCount || !isCredentialName(name, null))
  );
}

/** What is sent to the upstream beside the request of the client: each value, and what follows its scheme. */
function secretsOf({
  headers,
  query,
  aws,
}: Pick<PassThroughTarget, 'headers' | 'query' | 'aws'>): readonly string[] {
  const values = [...Object.values(headers), ...Object.values(query)];
  if (aws !== null) values.push(aws.secretAccessKey, aws.accessKeyId, aws.sessionToken ?? '');
  return values
    .flatMap((value) => [value, value.slice(value.indexOf(' ') + 1)])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH);
}
