import { GatehouseError } from '#libs/common';
import type { RevocationTarget } from './revocation.js';
import type { CreateRevocationRequest, RequestedKind } from './revocation.request.js';
import type { NewRevocation } from './revocations.service.js';

/** Members that identify the tokens of a revocation. */
const ID_MEMBERS = ['token_id', 'subject', 'session_id', 'client_id'] as const;
type IdMember = (typeof ID_MEMBERS)[number];

/** The member that each kind requires. */
const ID_OF_KIND: Readonly<Record<RequestedKind, IdMember>> = {
  token: 'token_id',
  subject: 'subject',
  session: 'session_id',
  client: 'client_id',
  issued_before: 'subject',
};

/** How far the clock of the administrator may be ahead. */
const CLOCK_DIFFERENCE_MS = 60_000;

/**
 * Returns the revocation that an administrator requests. An ambiguous request is refused: an id
 * that does not go with the kind, a subject without its issuer, a time that would revoke future
 * tokens.
 * @param request a body whose members are each valid
 * @param createdBy account of the administrator
 * @throws GatehouseError `request_invalid`, `param` is the member at fault
 */
export function newRevocationOf(
  request: CreateRevocationRequest,
  createdBy: string | null,
  now: Date,
): NewRevocation {
  return {
    ...targetOf(request),
    issuedBefore: issuedBeforeOf(request, now),
    expiresAt: expiryOf(request, now),
    source: 'admin',
    note: request.note ?? null,
    createdBy,
  };
}

function targetOf(request: CreateRevocationRequest): RevocationTarget {
  const { kind, issuer = null } = request;
  const member = ID_OF_KIND[kind];
  const stray = ID_MEMBERS.find((name) => name !== member && isGiven(request[name]));
  if (stray !== undefined) throw invalid(stray, `does not go with the kind "${kind}"`);
  const value = request[member] ?? null;
  if (kind === 'issued_before') {
    if (value !== null && issuer === null) throw invalid('issuer', 'is needed with a subject');
    return { kind, issuer, value };
  }
  if (issuer === null) throw invalid('issuer', `is needed with the kind "${kind}"`);
  if (value === null) throw invalid(member, `is needed with the kind "${kind}"`);
  return { kind, issuer, value };
}

function issuedBeforeOf(
  { kind, issued_before: text }: CreateRevocationRequest,
  now: Date,
): Date | null {
  if (!isGiven(text)) return kind === 'issued_before' ? now : null;
  if (kind !== 'issued_before') {
    throw invalid('issued_before', `does not go with the kind "${kind}"`);
  }
  const time = timeOf('issued_before', text);
  if (time.getTime() > now.getTime() + CLOCK_DIFFERENCE_MS) {
    throw invalid('issued_before', 'must not be in the future');
  }
  return time;
}

function expiryOf({ expires_at: text }: CreateRevocationRequest, now: Date): Date | null {
  if (!isGiven(text)) return null;
  const time = timeOf('expires_at', text);
  if (time <= now) throw invalid('expires_at', 'must be in the future');
  return time;
}

/** RFC 3339 allows days and seconds that do not exist. */
function timeOf(param: string, text: string): Date {
  const time = new Date(text);
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  // `Date` takes 30 February for 2 March.
  const isInMonth = day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (Number.isNaN(time.getTime()) || !isInMonth) {
    throw invalid(param, 'must be an existing date and time');
  }
  return time;
}

/** `null` means the same as an absent member. */
function isGiven(value: string | null | undefined): value is string {
  return value !== undefined && value !== null;
}

function invalid(param: string, problem: string): GatehouseError {
  return new GatehouseError('request_invalid', { param, message: `${param} ${problem}` });
}
