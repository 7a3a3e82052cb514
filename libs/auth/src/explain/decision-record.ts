import type { DecisionStep, Principal, TeamCandidate } from '#libs/access';
import { modelCatalogueOf } from '../policy/model-permissions.js';
import type { DeploymentSettings } from '#libs/config';
import type { JudgedCall } from '../pipeline/judged-call.js';

/** Who a decision was about: ids and nothing else of the credential. */
export interface RecordedPrincipal {
  readonly kind: Principal['kind'];
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly user_id: string | null;
  readonly team_id: string | null;
  readonly org_id: string | null;
  readonly end_user_id: string | null;
  readonly role: string | null;
}

/** One decision in the wire form of `POST /auth/explain` and `GET /decisions/{id}` (contract §4). */
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
}

/** How the answer ended. */
export interface CallEnding {
  readonly status: number;
  /** Why a handler refused, where the guards had let the call pass. */
  readonly reason: string | null;
}

/**
 * What is kept of a call: everything that a record is made from and nothing of its headers and body, so that the
 * ring of recent decisions does not hold requests in memory. Records are made when somebody asks.
 */
export type KeptDecision = Pick<
  JudgedCall,
  'trace' | 'principal' | 'allowedRoutes' | 'access' | 'failure'
> & { readonly ending: CallEnding };

/**
 * What is kept of a call that has ended.
 * @param call the judged call
 * @param ending how its answer ended
 */
export function keptDecision(call: JudgedCall, ending: CallEnding): KeptDecision {
  const { trace, principal, allowedRoutes, access, failure } = call;
  return { trace, principal, allowedRoutes, access, failure, ending };
}

/**
 * The wire form of a decision. `allowed` says what the guards concluded; `status` how the answer ended.
 * @param kept the decision
 * @param deployments the configured upstreams, whose names `allowed_models` is chosen from
 */
export function decisionRecord(
  kept: KeptDecision,
  deployments: readonly DeploymentSettings[],
): DecisionRecord {
  const { trace, access, failure, ending } = kept;
  const names = access === null ? [] : modelCatalogueOf(deployments).names;
  return {
    decision_id: trace.decisionId,
    allowed: failure === null,
    status: failure?.status ?? ending.status,
    reason: failure?.code ?? ending.reason,
    principal: recordedPrincipal(kept),
    team_candidates: [...trace.teamCandidates],
    steps: [...trace.steps],
    allowed_models: names.filter((name) => access?.models.mayUse(name)),
    allowed_routes: [...kept.allowedRoutes],
  };
}

function recordedPrincipal({ principal, access }: KeptDecision): RecordedPrincipal | null {
  if (principal === null) return null;
  const ids = access?.attribution ?? principal;
  return {
    kind: principal.kind,
    issuer: principal.issuer,
    subject: principal.subject,
    user_id: ids.userId,
    team_id: ids.teamId,
    org_id: ids.orgId,
    end_user_id: ids.endUserId,
    role: access?.role ?? (principal.isAdmin ? 'proxy_admin' : null),
  };
}
