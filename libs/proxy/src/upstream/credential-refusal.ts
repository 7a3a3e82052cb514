/** Statuses with which an upstream refuses the gateway's own credential (RFC 9110, 15.5.2 and 15.5.4). */
const CREDENTIAL_STATUSES: ReadonlySet<number> = new Set([401, 403]);

interface ModerationResponse {
  readonly error: { readonly metadata?: { readonly reasons?: unknown } | null } | null;
}

/**
 * Returns true when an upstream's response refuses the credential of the gateway. The client sent another
 * credential, which was accepted, and must not take this refusal for one of its own. A 403 whose error carries
 * `metadata.reasons` refuses the content of the request: OpenRouter reports flagged input in this form
 * (https://openrouter.ai/docs/errors).
 * @param status the upstream's status
 * @param body decoded bytes of the response
 */
export function isCredentialRefusal(status: number, body: Buffer): boolean {
  if (!CREDENTIAL_STATUSES.has(status)) return false;
  return status === 401 || !isModerationRefusal(body);
}

function isModerationRefusal(body: Buffer): boolean {
  try {
    const parsed = JSON.parse(body.toString('utf8')) as Partial<ModerationResponse> | null;
    return Array.isArray(parsed?.error?.metadata?.reasons);
  } catch {
    return false;
  }
}
