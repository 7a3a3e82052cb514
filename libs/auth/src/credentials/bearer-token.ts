import { GatehouseError } from '#libs/common';

/**
 * Request headers with every value that was sent. Use `request.headersDistinct`: `request.headers`
 * hides every `Authorization` but the first.
 */
export type CredentialHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A credential and the header that carried it. */
export interface SentCredential {
  readonly token: string;
  /** Name of the (first) header. */
  readonly header: string;
}

/** Where a credential may be sent. */
export interface CredentialPlace {
  /**
   * The only header that is read, in lower case (`litellm_key_header_name`); `null` for the
   * documented list.
   */
  readonly only: string | null;
  /** Request target; empty where there is none. */
  readonly target: string;
  /**
   * Whether `Authorization` may hold something else beside `x-litellm-api-key`: a client of a provider sends a credential of that
   * provider there. It is neither read nor sent on.
   */
  readonly mayBePaired: boolean;
}

const AUTHORIZATION = 'authorization';
const LITELLM_KEY = 'x-litellm-api-key';
/** Every header but the first carries a credential alone, or after `Bearer`. */
const CREDENTIAL_HEADERS = [
  AUTHORIZATION,
  LITELLM_KEY,
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
] as const;
const ALL_BUT_AUTHORIZATION = CREDENTIAL_HEADERS.filter((name) => name !== AUTHORIZATION);
const QUERY_PARAMETER = 'access_token';
/** Where browsers, which cannot set headers of a WebSocket, send the credential: a list of names. */
const SUBPROTOCOLS = 'sec-websocket-protocol';
const KEY_PROTOCOL = 'openai-insecure-api-key.';
const ANYWHERE: CredentialPlace = { only: null, target: '', mayBePaired: false };
const BEARER = /^bearer +([\x21-\x7e]+)$/i;
const VISIBLE = /^[\x21-\x7e]+$/;

/**
 * Returns the single credential of a request (RFC 6750 section 2.1; never from the query). The same
 * credential in two headers counts once. Two different credentials are refused, because another hop
 * may choose a different one; the one exception is {@link CredentialPlace.mayBePaired}. If one header is configured, no other header is read, so that a proxy
 * in front may use them. Cookies are never read. A WebSocket may have its credential in the name of a subprotocol, as OpenAI's client for
 * browsers does.
 * @param headers as received, names in lower case
 * @throws GatehouseError `credential_missing`, `credential_malformed`, `credential_ambiguous`
 */
export function readCredential(
  headers: CredentialHeaders,
  place: CredentialPlace = ANYWHERE,
): SentCredential {
  const sent = sentCredentials(headers, place);
  if (sent.length > 1) refuseDifferent(sent);
  const [first] = sent;
  if (first === undefined) throw missing(place);
  if (first.token === null) throw new GatehouseError('credential_malformed');
  return { token: first.token, header: first.header };
}

/** Names the one header that is read, where the configuration has one. */
function missing({ only }: CredentialPlace): GatehouseError {
  if (only === null) return new GatehouseError('credential_missing');
  return new GatehouseError('credential_missing', {
    message: `No credential was sent. Send "${only}: Bearer <token>".`,
  });
}

/** What a header held; `null` for a text that cannot be a credential. */
interface SentText {
  readonly token: string | null;
  readonly header: string;
}

function refuseDifferent(sent: readonly SentText[]): void {
  if (sent.filter(({ header }) => header === AUTHORIZATION).length > 1) {
    throw new GatehouseError('credential_ambiguous');
  }
  if (sent.some(({ token }) => token !== sent[0]?.token)) {
    throw new GatehouseError('credential_ambiguous');
  }
}

function sentCredentials(headers: CredentialHeaders, place: CredentialPlace): readonly SentText[] {
  const sent: SentText[] = [];
  for (const header of headersAt(headers, place)) {
    const value = headers[header];
    // Nearly every request has one of these headers.
    if (value === undefined) continue;
    for (const one of valuesOf(value)) sent.push({ token: tokenIn(header, one), header });
  }
  if (place.only === null && headers['upgrade'] !== undefined)
    sent.push(...keyProtocolsIn(headers));
  // RFC 6750 section 2.3 lets a server refuse it: addresses end up in logs.
  if (isInQuery(place.target)) sent.push({ token: null, header: 'query' });
  return sent;
}

function headersAt(
  headers: CredentialHeaders,
  { only, mayBePaired }: CredentialPlace,
): readonly string[] {
  if (only !== null) return [only];
  const isPaired = mayBePaired && valuesOf(headers[LITELLM_KEY] ?? '').length > 0;
  return isPaired ? ALL_BUT_AUTHORIZATION : CREDENTIAL_HEADERS;
}

function keyProtocolsIn(headers: CredentialHeaders): readonly SentText[] {
  const named = valuesOf(headers[SUBPROTOCOLS] ?? [])
    .flatMap((value) => value.split(','))
    .map((name) => name.trim());
  return named
    .filter((name) => name.startsWith(KEY_PROTOCOL))
    .map((name) => ({ token: keyOf(name.slice(KEY_PROTOCOL.length)), header: SUBPROTOCOLS }));
}

function tokenIn(header: string, value: string): string | null {
  return header === AUTHORIZATION ? bearerOf(value) : keyOf(value);
}

function isInQuery(target: string): boolean {
  const start = target.indexOf('?');
  return start !== -1 && new URLSearchParams(target.slice(start + 1)).has(QUERY_PARAMETER);
}

function valuesOf(value: string | readonly string[]): readonly string[] {
  const values = typeof value === 'string' ? [value] : value;
  return values.filter((entry) => entry.trim() !== '');
}

function bearerOf(value: string): string | null {
  return BEARER.exec(value)?.[1] ?? null;
}

function keyOf(value: string): string | null {
  return bearerOf(value) ?? (VISIBLE.test(value) ? value : null);
}
