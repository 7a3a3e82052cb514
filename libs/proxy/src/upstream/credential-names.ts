/*
 * What of a request may be a credential, by its name or by its value. The relay forwards no header and no parameter that is one
 * (docs/explanation/trust-model.md).
 */

/** Words in the names of headers and parameters that carry credentials, in any spelling. */
const CREDENTIAL_WORDS =
  /auth(?!ors?$)|token|secret|credential|passw|api-?key|access-?key|account-?key|subscription-?key|functions-?key|cookie|session|signature|jwt|bearer|assertion|dpop|csrf|xsrf|security|saml|otp|client-?cert|ssl-client|remote-user|impersonate/;

/** Names without such a word: those of signatures of Amazon, Azure and Google, and of short keys. */
const CREDENTIAL_NAMES: ReadonlySet<string> = new Set([
  'key',
  'keys',
  'sig',
  'pwd',
  'pass',
  'x-key',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-algorithm',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-goog-date',
  'x-goog-algorithm',
  'x-goog-expires',
  'x-goog-signedheaders',
  'x-goog-user-project',
  'x-ms-client-principal',
  'awsaccesskeyid',
  'googleaccessid',
]);

/** Positions in lists and counts. */
const HARMLESS =
  /^(?:page|next|next-page|continuation|max|max-completion|max-output|prompt|sync)-?tokens?$/;

const MIN_SECRET_LENGTH = 8;
const SCHEME = /^[A-Za-z][A-Za-z0-9_-]* +/;

/** Returns a name as it is compared: servers read `_` and `.` of a header as `-`, and take no heed of letter case. */
export function comparableName(name: string): string {
  return name.toLowerCase().replaceAll(/[_.\s]/g, '-');
}

/**
 * Tells whether a header or a parameter of this name may carry a credential.
 * @param keyHeader the configured header of the credential, in lower case; `null` for none
 */
export function isCredentialName(name: string, keyHeader: string | null): boolean {
  const compared = comparableName(name);
  if (keyHeader !== null && compared === comparableName(keyHeader)) return true;
  return (
    !HARMLESS.test(compared) && (CREDENTIAL_WORDS.test(compared) || CREDENTIAL_NAMES.has(compared))
  );
}

/**
 * Returns the texts in the headers of a request that are credentials, without their scheme. Nothing that contains one of them,
 * or a large part of one, is forwarded under any name: `containsOne`.
 */
export function credentialsIn(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  keyHeader: string | null,
): readonly string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !isCredentialName(name, keyHeader)) continue;
    for (const one of typeof value === 'string' ? [value] : value) found.push(...secretsOf(one));
  }
  return [...new Set(found)].filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

function secretsOf(value: string): readonly string[] {
  const bare = value.replace(SCHEME, '').trim();
  const pairs = value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
  return [bare, ...(value.includes('=') ? pairs : [])];
}
