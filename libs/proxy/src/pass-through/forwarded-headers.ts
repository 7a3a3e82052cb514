import type { IncomingHttpHeaders } from 'node:http';
import type { PassThroughTarget } from '#libs/config';
import { withoutCredentialBetas } from '../upstream/anthropic-betas.js';
import { scopedKey, type SendingCaller } from '../upstream/request-headers.js';
import { comparableName, isCredentialName } from '../upstream/credential-names.js';
import { containsOne } from '../upstream/credential-parts.js';

const VISIBLE = /^[\x20-\x7e]{0,8192}$/;
const TOKEN = /^[!#$%&'*+.^`|~0-9a-z-]+$/;
/** Headers that a client sends through under another name. */
const PASSED = 'x-pass-';

/** Headers of a client that say what it sends and asks for. Others are sent by `forward_headers` alone. */
const OF_CONTENT: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'anthropic-beta',
  'anthropic-version',
  'content-disposition',
  'content-language',
  'content-type',
  'openai-beta',
  'range',
]);
const BETA = 'anthropic-beta';
const OF_BEDROCK = 'x-amzn-bedrock-';

/** Headers of one connection, of the framing of its messages and of the way to the gateway. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'accept-encoding',
  'alt-used',
  'connection',
  'content-encoding',
  'content-length',
  'content-md5',
  'date',
  'digest',
  'early-data',
  'expect',
  'forwarded',
  'from',
  'host',
  'http2-settings',
  'keep-alive',
  'max-forwards',
  'origin',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'true-client-ip',
  'upgrade',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-real-ip',
  'x-request-id',
  'x-rewrite-url',
  'idempotency-key',
]);
const OF_WAY =
  /^(?:proxy-|x-forwarded|x-original|x-envoy|x-litellm|x-gatehouse|x-pass|cf-|sec-|fastly-|cdn-|fly-)/;

const TYPE = 'content-type';
/** A charset in which a reader would find other members than the gateway, which reads JSON as UTF-8. */
const OTHER_CHARSET = /charset(?!\s*=\s*(?:utf-?8|"utf-?8")\s*(?:;|$))/i;

/** A client's request, as far as its headers go. */
export interface ForwardedRequest extends SendingCaller {
  readonly headers: IncomingHttpHeaders;
  /** Those of the client, which nothing that is sent may contain: `credentialsIn` its headers. */
  readonly credentials: readonly string[];
  /** Set where its body was read as a JSON object. */
  readonly isJson?: boolean;
}

/**
 * Returns the headers that go to an upstream: those of the client that describe its content or, where the target forwards
 * headers, all that are its own; those behind `x-pass-`, without that prefix; then the target's, which nothing replaces. None
 * that may carry a credential, belongs to the connection or contains a credential of the client is among them. The type of a JSON
 * object has no other charset than the one in which it was read.
 */
export function forwardedHeaders(
  client: ForwardedRequest,
  target: Pick<PassThroughTarget, 'headers' | 'forwardsHeaders'>,
): Readonly<Record<string, string>> {
  const { headers, attribution } = client;
  const sender = new Sender(client);
  const sent: Record<string, string> = { 'user-agent': 'gatehouse' };
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isPassed = name.startsWith(PASSED);
    const own = isPassed ? name.slice(PASSED.length) : name;
    const isWanted = isPassed || target.forwardsHeaders || isOfContent(own);
    if (isWanted && sender.maySend(name, own, value)) (isPassed ? passed : sent)[own] = value;
  }
  const { 'idempotency-key': key } = headers;
  if (typeof key === 'string') sent['idempotency-key'] = scopedKey(key, attribution);
  // The bytes are read for their usage as they come.
  const content = { ...sent, ...passed };
  const own = withoutOwnSignIn(client.isJson === true ? withoutCharset(content) : content);
  return { ...own, ...lowerCase(target.headers), 'accept-encoding': 'identity' };
}

/** https://www.rfc-editor.org/rfc/rfc8259#section-11 */
function withoutCharset(headers: Readonly<Record<string, string>>): typeof headers {
  const { [TYPE]: type = '' } = headers;
  const [media = ''] = type.split(';', 1);
  return OTHER_CHARSET.test(type) ? { ...headers, [TYPE]: media.trim() } : headers;
}

/** Leaves out the features of Anthropic that describe the credential of the client. */
function withoutOwnSignIn({
  [BETA]: betas,
  ...others
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const left = withoutCredentialBetas(betas ?? '');
  return left === '' ? others : { ...others, [BETA]: left };
}

/** Knows which headers of one request may leave the gateway. */
class Sender {
  /** What `Connection` names belongs to that connection alone (RFC 9110, section 7.6.1). */
  private readonly ofConnection: ReadonlySet<string>;

  constructor(private readonly client: ForwardedRequest) {
    const { connection = '' } = client.headers;
    this.ofConnection = new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  }

  /**
   * Tells whether a header may be sent.
   * @param own its name at the upstream
   */
  maySend(
    name: string,
    own: string,
    value: string | readonly string[] | undefined,
  ): value is string {
    if (typeof value !== 'string' || this.ofConnection.has(name)) return false;
    return this.isOwn(own) && VISIBLE.test(value) && !containsOne(value, this.client.credentials);
  }

  private isOwn(name: string): boolean {
    const compared = comparableName(name);
    const isOfWay = OF_CONNECTION.has(compared) || OF_WAY.test(compared);
    return TOKEN.test(name) && !isOfWay && !isCredentialName(name, this.client.keyHeader);
  }
}

/**
 * Returns the query that goes to an upstream: the client's parameters, without those that may carry a credential, then those
 * of the target that the client has not.
 * @param search the query of the client, with or without its question mark
 */
export function forwardedQuery(
  search: string,
  { credentials, keyHeader }: Pick<ForwardedRequest, 'credentials' | 'keyHeader'>,
  defaults: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(search)) {
    const isSafe =
      !isCredentialName(name, keyHeader) && !containsOne(`${name}=${value}`, credentials);
    if (isSafe) query.append(name, value);
  }
  for (const [name, value] of Object.entries(defaults)) {
    if (!query.has(name)) query.append(name, value);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

function isOfContent(name: string): boolean {
  return OF_CONTENT.has(name) || name.startsWith(OF_BEDROCK);
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}
