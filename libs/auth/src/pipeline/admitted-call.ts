import {
  isModelRoute,
  requestTagsOf,
  type AccessContext,
  type Attribution,
  type EndUserModels,
  type Principal,
  type UserRole,
} from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { AccessDecision } from '../call/access-decision.js';
import { modelLimitsOf } from '../policy/model-permissions.js';
import type { RowHolder } from '../revocation/revocable-calls.js';
import type { PlannedWrites } from '../tenancy/planned-writes.js';
import type { TenancyDecision } from '../tenancy/tenancy-decision.js';
import type { TenancyFacts } from '../tenancy/tenancy-facts.js';

/** The results of the tenancy step for a call that it admits. */
export interface AdmittedCall {
  readonly facts: TenancyFacts;
  readonly result: TenancyDecision;
  readonly plan: PlannedWrites;
  readonly endUserId: string | null;
  readonly endUserModels: EndUserModels | null;
  readonly routeLimits: AccessContext['routeLimits'];
}

/** What an access context says of every call that is decided alike. */
export type Grant = Omit<
  AccessContext,
  'requestId' | 'decisionId' | 'clientRequestId' | 'withdrawal' | 'tags'
>;

const NO_TAGS: readonly string[] = [];

/** Returns what an admitted call is granted. Its `admission` commits the planned writes. */
export function grantOf(
  principal: Principal,
  admitted: AdmittedCall,
  { jwt, admission }: { readonly jwt: JwtSettings } & Pick<AccessContext, 'admission'>,
): Grant {
  const { result, endUserId, endUserModels, routeLimits } = admitted;
  return {
    principal,
    role: result.role,
    storedRole: storedRoleAfter(admitted),
    administeredOrganizations: result.administered,
    attribution: Object.freeze({
      issuer: principal.issuer,
      subject: principal.subject,
      keyId: principal.key?.keyId ?? null,
      ...firstKeyOf(principal),
      userId: result.userId,
      teamId: result.team.teamId,
      orgId: result.orgId,
      endUserId,
    }),
    ownTags: ownTagsOf(principal, result),
    models: result.models,
    endUserModels,
    routeLimits,
    modelLimits: modelLimitsOf(principal, jwt),
    admission,
  };
}

function firstKeyOf({ key }: Principal): Pick<Attribution, 'firstKeyId'> {
  return key?.firstKeyId === undefined ? {} : { firstKeyId: key.firstKeyId };
}

/**
 * Returns the access context of a call.
 * @throws GatehouseError `request_invalid` when a member of the body that states tags is not JSON
 */
export function accessContextOf(call: AccessDecision, grant: Grant): AccessContext {
  const { request, withdrawal } = call;
  return Object.freeze({
    requestId: request.requestId,
    decisionId: request.decisionId,
    clientRequestId: request.clientRequestId,
    principal: grant.principal,
    role: grant.role,
    storedRole: grant.storedRole,
    administeredOrganizations: grant.administeredOrganizations,
    attribution: grant.attribution,
    ownTags: grant.ownTags,
    tags: tagsOf(call, grant.ownTags),
    models: grant.models,
    endUserModels: grant.endUserModels,
    routeLimits: grant.routeLimits,
    modelLimits: grant.modelLimits,
    admission: grant.admission,
    withdrawal,
  });
}

/** Returns the grant of an access context. */
export function grantIn(access: AccessContext): Grant {
  const { principal, role, storedRole, attribution, ownTags, models, ...rest } = access;
  const { administeredOrganizations, endUserModels, routeLimits, modelLimits, admission } = rest;
  return {
    ...{ principal, role, storedRole, attribution, ownTags, models },
    ...{ administeredOrganizations, endUserModels, routeLimits, modelLimits, admission },
  };
}

/** Returns whose rows were there when the tenancy step looked for them. */
export function evaluatedRowsOf(
  { key }: Principal,
  { facts, result }: AdmittedCall,
): ReadonlySet<RowHolder> {
  const rows: readonly (readonly [RowHolder, object | null])[] = [
    ['user', facts.user],
    ['team', result.team.row],
    ['key', key],
  ];
  return new Set(rows.filter(([, found]) => found !== null).map(([holder]) => holder));
}

/** The tags that the caller's key and team set. */
function ownTagsOf({ key }: Principal, { team }: TenancyDecision): readonly string[] {
  return [...new Set([...(key?.tags ?? []), ...(team.row?.team.tags ?? [])])];
}

/** The tags of a call that may spend something. */
function tagsOf(
  { route, body, request: { headers } }: AccessDecision,
  own: readonly string[],
): readonly string[] {
  return route !== null && isModelRoute(route) ? requestTagsOf({ own, headers, body }) : NO_TAGS;
}

/** A role that follows the token is stored before the call is answered. */
function storedRoleAfter({ plan: { sync }, facts: { user } }: AdmittedCall): UserRole | null {
  return sync?.role === undefined ? (user?.role ?? null) : sync.role;
}
