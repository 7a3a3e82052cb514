/** Says how the client itself has signed in with Anthropic, which the credential of the gateway has not. */
const BETA_OF_CREDENTIAL = 'oauth-';

/** Returns the names of an `anthropic-beta` header that do not describe the client's own credential. */
export function betasIn(header: string): readonly string[] {
  return header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.toLowerCase().startsWith(BETA_OF_CREDENTIAL));
}

/** Returns an `anthropic-beta` header without the features that describe the client's own credential; empty for none left. */
export function withoutCredentialBetas(header: string): string {
  return betasIn(header).join(',');
}
