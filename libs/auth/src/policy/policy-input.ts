import type { AccessContext, RequestedRoute } from '#libs/access';
import { memoizeByObject } from '#libs/common';

/** A claim in the values of the language: integers are `bigint` (CEL's int), objects are maps. */
type PolicyValue = string | number | bigint | boolean | null | readonly PolicyValue[] | PolicyMap;
type PolicyMap = ReadonlyMap<string, PolicyValue>;

/** The input of written policies. An absent string is empty, which no id can be. */
export interface PolicyInput {
  /** Verified claims; empty for a credential that is not a token. */
  readonly token: PolicyMap;
  readonly principal: {
    readonly kind: string;
    readonly issuer: string;
    readonly subject: string;
    readonly user_id: string;
    readonly email: string;
    readonly team_id: string;
    readonly org_id: string;
    readonly end_user_id: string;
    readonly agent_id: string;
    readonly role: string;
    readonly roles: readonly string[];
    readonly scopes: readonly string[];
    readonly key_id: string;
  };
  readonly request: {
    /** Canonical, for example `/chat/completions`. */
    readonly route: string;
    readonly model: string;
    readonly method: string;
  };
}

/** Deeper levels of a claim become null, so that a nested claim cannot exhaust the stack. */
const MAX_LEVELS = 64;

/** The claims of a cached verified token are the same object on every call. */
const claimsOf = memoizeByObject((claims: Readonly<Record<string, unknown>>) => mapOf(claims, 1));

/**
 * Returns the input of written policies for an admitted call.
 * @param model the model that the call names, `null` when it names none
 */
export function policyInputOf(
  access: AccessContext,
  route: RequestedRoute,
  model: string | null,
): PolicyInput {
  const { principal, attribution } = access;
  return {
    token: claimsOf(principal.claims),
    principal: {
      kind: principal.kind,
      issuer: textOf(principal.issuer),
      subject: textOf(principal.subject),
      user_id: textOf(attribution.userId),
      email: textOf(principal.email),
      team_id: textOf(attribution.teamId),
      org_id: textOf(attribution.orgId),
      end_user_id: textOf(attribution.endUserId),
      agent_id: textOf(principal.agentId),
      role: access.role,
      roles: principal.roles,
      scopes: principal.scopes,
      key_id: textOf(principal.key?.keyId),
    },
    request: { route: route.path, model: textOf(model), method: route.method },
  };
}

function textOf(value: string | null | undefined): string {
  return value ?? '';
}

/** Maps, because a member called `constructor` makes an ordinary object something that the language refuses. */
function mapOf(value: object, level: number): PolicyMap {
  return new Map(
    Object.entries(value).map(([name, member]) => [name, valueOf(member, level)] as const),
  );
}

function valueOf(value: unknown, level: number): PolicyValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null || level >= MAX_LEVELS) return null;
  if (!Array.isArray(value)) return mapOf(value, level + 1);
  const list: readonly unknown[] = value;
  // Lists of texts, which may be long, are what they are; a copy for each token would cost memory.
  return isTexts(list) ? list : list.map((entry) => valueOf(entry, level + 1));
}

function isTexts(list: readonly unknown[]): list is readonly string[] {
  return list.every((entry) => typeof entry === 'string');
}
