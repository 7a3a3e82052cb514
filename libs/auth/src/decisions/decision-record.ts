import { createHash } from 'node:crypto';
import type {
  Attribution,
  DecisionStep,
  ModelGrant,
  Principal,
  TeamCandidate,
  LoggedCaller,
} from '#libs/access';
import { formatUsd, memoizeByObject } from '#libs/common';
import type { CostAdmission, RemainingBudget } from '#libs/spend';
import type { AccessDecision } from '../call/access-decision.js';
import { listGrantedRoutes } from '../policy/granted-routes.js';
import {
  callableNames,
  modelCatalogueOf,
  type ConfiguredModels,
} from '../policy/model-permissions.js';
import { coveringGrant } from '../policy/route-grant.js';
import { remedyOf, remedyOfReason } from './remedy.js';

/** Who a decision was about: ids and nothing else of the credential. */
export interface RecordedPrincipal {
  readonly kind: Principal['kind'];
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly user_id: string | null;
  readonly team_id: string | null;
  readonly org_id: string | null;
  readonly end_user_id: string | null;
  readonly agent_id: string | null;
  /** SHA-256 of the virtual key that the call runs as. */
  readonly key_id: string | null;
  readonly role: string | null;
}

/** The remaining amount of one budget. */
export interface RecordedBudget {
  readonly scope: RemainingBudget['scope'];
  readonly id: string;
  readonly remaining_usd: string;
}

/** One decision in the wire form of `POST /auth/explain` and `GET /decisions/{id}`. */
export interface DecisionRecord {
  readonly decision_id: string;
  readonly allowed: boolean;
  readonly status: number;
  readonly reason: string | null;
  readonly principal: RecordedPrincipal | null;
  readonly team_candidates: readonly TeamCandidate[];
  readonly steps: readonly DecisionStep[];
  /** Public model names of the configuration that the caller may use. */
  readonly allowed_models: readonly string[];
  /** Names of groups, paths and patterns. */
  readonly allowed_routes: readonly string[];
  /**
   * Budgets that an admitted call counts against, with what is left of them when the record is
   * made.
   */
  readonly remaining_budgets: readonly RecordedBudget[];
  /**
   * The smallest change that would allow the call; `null` for an allowed one and where there is
   * none.
   */
  readonly remedy: string | null;
}

/** How the answer ended. */
export interface CallEnding {
  readonly status: number;
  /** Why a handler refused, where the guards had let the call pass. */
  readonly reason: string | null;
}

/**
 * The part of a call that is kept: enough to make a record, and nothing of its headers, body and
 * claims, so that the ring of recent decisions holds neither requests nor tokens in memory. A
 * record is made when it is read.
 */
export type KeptDecision = Pick<AccessDecision, 'trace' | 'routes' | 'failure'> & {
  readonly principal: RecordedPrincipal | null;
  readonly models: ModelGrant | null;
  /** `null` for a call that no guard let pass: it counts against no budget. */
  readonly attribution: Attribution | null;
  readonly tags: readonly string[];
  readonly ending: CallEnding;
  readonly remedy: string | null;
};

/**
 * Returns the part to keep of a call that has ended.
 * @param ending how its answer ended
 */
export function keptDecision(call: AccessDecision, ending: CallEnding): KeptDecision {
  const { trace, routes, access, failure } = call;
  return {
    trace,
    principal: recordedPrincipal(call),
    routes,
    failure,
    // Those of the access hold the input of policies, and so claims.
    models: call.models ?? access?.models ?? null,
    attribution: access?.attribution ?? null,
    tags: access?.tags ?? [],
    ending,
    remedy:
      ending.reason === null || call.failure !== null
        ? remedyFor(call)
        : remedyOfReason(ending.reason, call),
  };
}

/**
 * The wire form of a decision. `allowed` says what the guards concluded; `status` how the answer
 * ended.
 * @param configured the models, whose names `allowed_models` is chosen from
 * @param costs knows what is left of the budgets
 */
export async function decisionRecord(
  kept: KeptDecision,
  configured: ConfiguredModels,
  costs: Pick<CostAdmission, 'remaining'>,
): Promise<DecisionRecord> {
  const { trace, models, failure, ending, attribution, tags } = kept;
  const budgets = attribution === null ? [] : await costs.remaining({ attribution, tags });
  return {
    decision_id: trace.decisionId,
    allowed: failure === null,
    status: failure?.status ?? ending.status,
    reason: failure?.code ?? ending.reason,
    principal: kept.principal,
    team_candidates: [...trace.teamCandidates],
    steps: [...trace.steps],
    allowed_models: models === null ? [] : callableNames(models, modelCatalogueOf(configured)),
    allowed_routes: listGrantedRoutes(kept.routes),
    remaining_budgets: budgets.map(recordedBudget),
    remedy: kept.remedy,
  };
}

function recordedBudget({ scope, id, remainingPico }: RemainingBudget): RecordedBudget {
  return { scope, id, remaining_usd: formatUsd(remainingPico) };
}

function remedyFor(call: AccessDecision): string | null {
  const { error, trace, principal, route, routes, obstacle, requiredRole } = call;
  if (error === null) return null;
  const step = trace.steps.findLast(({ outcome }) => outcome === 'refused') ?? null;
  const { teamCandidates } = trace;
  const mayReach = route !== null && coveringGrant(routes.grants, route) !== null;
  const found = { error, step, principal, teamCandidates, route, obstacle, requiredRole };
  return remedyOf({ ...found, mayReach, model: requestedModel(call) });
}

/**
 * The model that a refused call asked for. Only where the model was evaluated, so that the member
 * is known to be readable and is parsed for few calls.
 */
function requestedModel({ route, body, error }: AccessDecision): string | null {
  if (error?.code !== 'model_not_allowed') return null;
  const model = route?.model ?? body?.value('model');
  return typeof model === 'string' ? model : null;
}

/** The ids of a call's caller; `null` for one that was not verified. */
function recordedPrincipal(call: AccessDecision): RecordedPrincipal | null {
  const { principal, access } = call;
  if (principal === null) return null;
  const ids = access?.attribution ?? principal;
  return {
    kind: principal.kind,
    issuer: principal.issuer,
    subject: principal.subject,
    user_id: ids.userId,
    team_id: access === null ? namedTeam(call) : access.attribution.teamId,
    org_id: ids.orgId,
    end_user_id: ids.endUserId,
    agent_id: principal.agentId,
    key_id: principal.key?.keyId ?? null,
    role: access?.role ?? (principal.isAdmin ? 'proxy_admin' : null),
  };
}

/**
 * The team of a refused call: the one that was chosen before something else refused, else the one
 * of the token.
 */
function namedTeam({ principal, trace }: AccessDecision): string | null {
  const chosen = trace.teamCandidates.find((candidate) => candidate.chosen);
  return chosen?.team_id ?? principal?.teams.teamId ?? null;
}

/**
 * Returns the ids that the log line of a call names, as far as the call has come. Before the caller
 * is verified every id is `null`, because an unverified token can hold any text. An id that is an
 * email address is a claim's value and personal, so that a digest is in its place: calls of one
 * user can still be found by it.
 * @param configured the models: of those that clients ask for only their names are logged
 */
export function loggedCaller(call: AccessDecision, configured: ConfiguredModels): LoggedCaller {
  if (call.access !== null && call.failure === null) return admittedCaller(call.access.attribution);
  const principal = recordedPrincipal(call);
  const model = requestedModel(call);
  return {
    user: loggedId(principal?.user_id),
    team: loggedId(principal?.team_id),
    organisation: loggedId(principal?.org_id),
    keyId: principal?.key_id ?? null,
    model: model !== null && modelCatalogueOf(configured).names.includes(model) ? model : null,
  };
}

/** Of an admitted call. Made once per caller, because a digest costs more than the rest of the line. */
const admittedCaller = memoizeByObject(
  ({ userId, teamId, orgId, keyId }: Attribution): LoggedCaller => ({
    user: loggedId(userId),
    team: loggedId(teamId),
    organisation: loggedId(orgId),
    keyId,
    model: null,
  }),
);

const DIGEST_LENGTH = 16;

function loggedId(id: string | null | undefined): string | null {
  if (id === null || id === undefined) return null;
  if (!id.includes('@')) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex').slice(0, DIGEST_LENGTH)}`;
}
