import { GatehouseError } from '#libs/common';

/**
 * Request headers with every value that was sent. `request.headersDistinct` is the right source:
 * `request.headers` hides all but the first `Authorization`.
 */
export type CredentialHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A credential and the header that carried it. */
export interface SentCredential {
  readonly token: string;
  /** Name of the (first) header. */
  readonly header: string;
}

/** Headers that carry a credential bare, or behind `Bearer`. */
const KEY_HEADERS = ['x-litellm-api-key', 'api-key', 'x-api-key'] as const;
const BEARER = /^bearer +([\x21-\x7e]+)$/i;
const VISIBLE = /^[\x21-\x7e]+$/;

/**
 * The one credential of a request (RFC 6750 section 2.1; never from the query). The same credential
 * in two headers is one; two different ones are refused rather than chosen from, because another
 * hop may choose differently.
 * @param headers as received, names in lower case
 * @throws GatehouseError `credential_missing`, `credential_malformed`, `credential_ambiguous`
 */
export function readCredential(headers: CredentialHeaders): SentCredential {
  const authorizations = valuesOf(headers, 'authorization');
  if (authorizations.length > 1) throw new GatehouseError('credential_ambiguous');
  const sent = [
    ...authorizations.map((value) => ({ token: bearerOf(value), header: 'authorization' })),
    ...KEY_HEADERS.flatMap((header) =>
      valuesOf(headers, header).map((value) => ({ token: keyOf(value), header })),
    ),
  ];
  const [first] = sent;
  if (first === undefined) throw new GatehouseError('credential_missing');
  if (sent.some(({ token }) => token !== first.token)) {
    throw new GatehouseError('credential_ambiguous');
  }
  if (first.token === null) throw new GatehouseError('credential_malformed');
  return { token: first.token, header: first.header };
}

function valuesOf(headers: CredentialHeaders, name: string): readonly string[] {
  const value = headers[name];
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.filter((entry) => entry.trim() !== '');
}

function bearerOf(value: string): string | null {
  return BEARER.exec(value)?.[1] ?? null;
}

function keyOf(value: string): string | null {
  return bearerOf(value) ?? (VISIBLE.test(value) ? value : null);
}
