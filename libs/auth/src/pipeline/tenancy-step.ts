import { Injectable } from '@nestjs/common';
import {
  isModelRoute,
  type AccessContext,
  type DecisionTrace,
  type GuardName,
  type RequestedRoute,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { EndUsersService, type EndUserSnapshot } from '#libs/end-users';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import { modelCatalogueOf } from '../policy/model-permissions.js';
import { refusalError, type Refusal } from '../policy/refusal.js';
import { routesOf } from '../policy/route-permissions.js';
import { requestedEndUser } from '../tenancy/end-user.js';
import { planWrites, type PlannedWrites } from '../tenancy/planned-writes.js';
import { ProvisioningService } from '../tenancy/provisioning.service.js';
import { judgeEndUser } from '../tenancy/standing.js';
import { decideTenancy, type TenancyVerdict } from '../tenancy/tenancy-decision.js';
import type { TenancyFacts } from '../tenancy/tenancy-facts.js';
import { TenancyLookupService } from '../tenancy/tenancy-lookup.service.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';

/** The end user of a call with its row. */
interface NamedEndUser {
  readonly id: string;
  readonly row: EndUserSnapshot | null;
}

/**
 * Establishes for whom the call is made and whether those may: user, organisation, team, model, end user, in the
 * order of {@link decideTenancy}. Afterwards `call.access` is set. Missing rows are planned, not written.
 */
@Injectable()
export class TenancyStep implements AccessStep {
  readonly guard: GuardName = 'tenancy';

  /**
   * @param settings what is required and what tokens may create
   * @param lookup rows of user, team and organisation
   * @param endUsers rows of end users
   * @param provisioning makes the planned writes when the call is admitted for good
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly lookup: TenancyLookupService,
    private readonly endUsers: EndUsersService,
    private readonly provisioning: ProvisioningService,
  ) {}

  /**
   * Resolves and admits the caller.
   * @param call a call that all other steps let pass
   * @throws GatehouseError any 403 code of tenancy or of a model, `request_invalid`, `database_unavailable`
   */
  async judge(call: JudgedCall): Promise<void> {
    const { route, verified: principal, trace } = call;
    if (route === null) throw new TypeError('the rbac step lets no such path pass');
    const { jwt, deployments } = this.settings.current;
    const facts = await this.lookup.factsOf(principal);
    const catalogue = modelCatalogueOf(deployments);
    const verdict = decideTenancy({ principal, facts, route, jwt, catalogue });
    trace.teamCandidates.push(...verdict.team.candidates);
    call.allowedRoutes = routesOf(verdict.grants);
    this.refuseIf(verdict.refusal, trace);
    this.judgeModel(call, route, verdict);
    const endUser = await this.admitEndUser(call, route);
    const plan = planWrites(
      { principal, facts, team: verdict.team, endUser: ledgered(endUser, route) },
      jwt,
    );
    call.access = this.contextOf(call, verdict, { endUserId: endUser?.id ?? null, plan });
    explainAdmission(trace, { facts, verdict, plan, endUser });
  }

  private judgeModel(call: JudgedCall, route: RequestedRoute, verdict: TenancyVerdict): void {
    const model = requestedModel(call, route);
    if (model !== null) this.refuseIf(verdict.models.judge(model), call.trace);
  }

  private async admitEndUser(
    call: JudgedCall,
    route: RequestedRoute,
  ): Promise<NamedEndUser | null> {
    const requested = (): string | null =>
      isModelRoute(route) ? requestedEndUser(call.body, call.request.headers) : null;
    const id = call.verified.endUserId ?? requested();
    if (id === null) return null;
    const row = await this.endUsers.find(id);
    this.refuseIf(judgeEndUser(row), call.trace);
    return { id, row };
  }

  private contextOf(
    call: JudgedCall,
    verdict: TenancyVerdict,
    ready: { endUserId: string | null; plan: PlannedWrites },
  ): AccessContext {
    const { request, verified: principal } = call;
    return Object.freeze({
      requestId: request.requestId,
      decisionId: request.decisionId,
      clientRequestId: request.clientRequestId,
      principal,
      role: verdict.role,
      attribution: Object.freeze({
        issuer: principal.issuer,
        subject: principal.subject,
        keyId: null,
        userId: verdict.userId,
        teamId: verdict.team.teamId,
        orgId: verdict.orgId,
        endUserId: ready.endUserId,
      }),
      models: verdict.models,
      admission: this.provisioning.admissionFor(ready.plan),
    });
  }

  private refuseIf(refusal: Refusal | null, trace: DecisionTrace): void {
    if (refusal === null) return;
    trace.refused(this.guard, refusal.code, refusal.detail, refusal.configKey);
    throw refusalError(refusal);
  }
}

/** Only calls that can leave a spend entry make a row for their end user. */
function ledgered(endUser: NamedEndUser | null, route: RequestedRoute): NamedEndUser | null {
  return isModelRoute(route) && route.method !== 'GET' ? endUser : null;
}

/** The model of a call: the path's wins over the body's, as the relay has it; elsewhere `model` is just a member. */
function requestedModel(call: JudgedCall, route: RequestedRoute): string | null {
  if (route.model !== null) return route.model;
  const model = isModelRoute(route) ? call.body?.value('model') : undefined;
  if (model === undefined) return null;
  if (typeof model === 'string' && model !== '') return model;
  throw new GatehouseError('request_invalid', {
    param: 'model',
    message: 'The member "model" must be the name of one model.',
  });
}

/** What the steps of an admitted call say. */
interface AdmittedCall {
  readonly facts: TenancyFacts;
  readonly verdict: TenancyVerdict;
  readonly plan: PlannedWrites;
  readonly endUser: NamedEndUser | null;
}

function explainAdmission(trace: DecisionTrace, admitted: AdmittedCall): void {
  const { verdict, plan, endUser } = admitted;
  const { teamId, isNew } = verdict.team;
  const isNewUser = plan.newUser !== null;
  trace.passed('tenancy', describeUser(admitted), isNewUser ? CONFIG_KEYS.userUpsert : null);
  if (verdict.orgId !== null) trace.passed('tenancy', `organisation ${verdict.orgId} accepted`);
  trace.passed('tenancy', describeTeam(teamId, isNew), isNew ? CONFIG_KEYS.teamUpsert : null);
  if (plan.membership !== null) {
    trace.passed('tenancy', 'the user becomes a member of the team', CONFIG_KEYS.addUserToTeam);
  }
  if (endUser !== null) trace.passed('tenancy', `end user ${endUser.id} accepted`);
}

function describeUser({ facts, verdict, plan }: AdmittedCall): string {
  if (verdict.userId === null) return 'the call names no user';
  if (plan.newUser !== null) return `user ${verdict.userId} is created by its first call`;
  const found = facts.isUserFoundByEmail ? 'found by its verified email address' : 'accepted';
  return `user ${verdict.userId} ${found}`;
}

function describeTeam(teamId: string | null, isNew: boolean): string {
  if (teamId === null) return 'the call is made for no team';
  return `team ${teamId} ${isNew ? 'is created by its first call' : 'accepted'}`;
}
