import { createHash } from 'node:crypto';
import { toLimits, type AccessContext, type ResetTime } from '#libs/access';
import { usdNumber } from '#libs/common';
import type { CallerStanding } from '#libs/spend';
import type { KeyInfoResponse } from './key.response.js';

/** What an answer about a caller without a key is made of. */
export interface CallerFacts {
  readonly standing: CallerStanding;
  /** Model groups that the caller may use. */
  readonly models: readonly string[];
  readonly resetTime: ResetTime;
  readonly now: Date;
}

/** Returns an id of the caller of a token: the same for every token of one subject at one issuer. */
export function callerIdOf({
  attribution: { issuer, subject, userId, teamId },
}: AccessContext): string {
  const identity = subject === null ? [issuer, null, userId, teamId] : [issuer, subject];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

/** Returns the answer about a caller without a key, in the shape of a key. */
export function toCallerKey(access: AccessContext, facts: CallerFacts): KeyInfoResponse {
  const { attribution, principal } = access;
  const { standing, models, resetTime, now } = facts;
  const issuedAt = principal.issuedAt === null ? now : new Date(principal.issuedAt * 1_000);
  return {
    key: callerIdOf(access),
    info: {
      ...toLimits(standing.limits, resetTime),
      key_name: '',
      key_alias: principal.email,
      user_id: attribution.userId,
      team_id: attribution.teamId,
      organization_id: attribution.orgId,
      models: [...models],
      allowed_routes: [],
      allowed_passthrough_routes: [],
      aliases: {},
      metadata: {},
      tags: access.ownTags.length === 0 ? null : [...access.ownTags],
      blocked: false,
      expires: null,
      spend: usdNumber(standing.spent),
      litellm_budget_table: null,
      object_permission: null,
      rotation_count: 0,
      created_by: null,
      updated_by: null,
      created_at: issuedAt.toISOString(),
      updated_at: issuedAt.toISOString(),
    },
    caller: standing.response,
  };
}
