import { Injectable } from '@nestjs/common';
import { isModelRoute, type GuardName, type RequestedRoute } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { EndUsersService, type EndUserSnapshot } from '#libs/end-users';
import {
  type AccessDecision,
  namedModel,
  requireModelName,
  refuseIf,
} from '../call/access-decision.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { grantedRoutesOf } from '../policy/granted-routes.js';
import { modelCatalogueOf } from '../policy/model-permissions.js';
import { modelOfRequest } from '../policy/requested-model.js';
import { routeLimitsOf } from '../policy/route-grant.js';
import { evaluateEndUser } from '../tenancy/account-status.js';
import { planKeyRegistration, planWrites } from '../tenancy/planned-writes.js';
import { ProvisioningService } from '../tenancy/provisioning.service.js';
import { requestedEndUser } from '../tenancy/requested-end-user.js';
import { requestedTeam } from '../tenancy/requested-team.js';
import {
  decideTenancy,
  type TenancyQuestion,
  type TenancyDecision,
} from '../tenancy/tenancy-decision.js';
import type { TenancyFacts } from '../tenancy/tenancy-facts.js';
import { TenancyLookupService } from '../tenancy/tenancy-lookup.service.js';
import type { AccessStep } from './access-step.js';
import { explainAdmission } from './admission-trace.js';
import { accessContextOf, evaluatedRowsOf, grantOf, type AdmittedCall } from './admitted-call.js';

/** The end user of a call with its row. */
interface NamedEndUser {
  readonly id: string;
  readonly row: EndUserSnapshot | null;
}

/** What the tenancy step found and decided for one call. */
interface TenancyResults {
  readonly route: RequestedRoute;
  readonly facts: TenancyFacts;
  readonly result: TenancyDecision;
  readonly endUser: NamedEndUser | null;
}

/**
 * Finds and evaluates user, organisation, team, model and end user of the call, in the order of
 * {@link decideTenancy}. Afterwards `call.access` is set. Missing rows are planned, not written.
 */
@Injectable()
export class TenancyStep implements AccessStep {
  readonly guard: GuardName = 'tenancy';

  /**
   * @param provisioning makes the planned writes after the last point at which the call can be refused
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly lookup: TenancyLookupService,
    private readonly endUsers: EndUsersService,
    private readonly provisioning: ProvisioningService,
  ) {}

  /**
   * Resolves and admits the caller.
   * @param call a call that the earlier steps have admitted
   * @throws GatehouseError any 403 code of tenancy or of a model, `request_invalid`, `database_unavailable`
   */
  async evaluate(call: AccessDecision): Promise<void> {
    const { route, verified: principal } = call;
    if (route === null) throw new TypeError('the rbac step lets no such path pass');
    const requested = requestedTeamOf(call, route);
    const facts = await this.lookup.factsOf(principal, requested);
    const result = this.decide(call, { route, facts, requestedTeam: requested });
    this.explainCandidates(call, result.team);
    call.routes = grantedRoutesOf(principal, this.settings.current, result.grants);
    call.models = result.models;
    refuseIf(call, this.guard, result.refusal);
    this.evaluateModel(call, route, result);
    const endUserId = this.endUserOf(call, route);
    const endUser = endUserId === null ? null : await this.admitEndUser(call, endUserId);
    this.admit(call, this.admittedCall(call, { route, facts, result, endUser }));
  }

  private admittedCall(
    { verified: principal }: AccessDecision,
    { route, facts, result, endUser }: TenancyResults,
  ): AdmittedCall {
    const { jwt, access } = this.settings.current;
    const { team } = result;
    const routeLimits = routeLimitsOf(principal, jwt, team.hasTeamRoutes);
    const identity = { ...result, teamId: team.teamId, routeLimits };
    const newKey = planKeyRegistration(principal, identity, { jwt, access });
    const plan = planWrites(
      { principal, facts, team, organization: result, endUser: ledgered(endUser, route), newKey },
      jwt,
    );
    const endUserModels = endUser?.row?.models ?? null;
    return { facts, result, plan, endUserId: endUser?.id ?? null, endUserModels, routeLimits };
  }

  private admit(call: AccessDecision, admitted: AdmittedCall): void {
    call.evaluatedRows = evaluatedRowsOf(call.verified, admitted);
    const grant = grantOf(call.verified, admitted, {
      jwt: this.settings.current.jwt,
      admission: this.provisioning.admissionFor(admitted.plan),
    });
    call.access = accessContextOf(call, grant);
    explainAdmission(call.trace, admitted);
  }

  private decide(
    call: AccessDecision,
    asked: Pick<TenancyQuestion, 'route' | 'facts' | 'requestedTeam'>,
  ): TenancyDecision {
    const settings = this.settings.current;
    const { jwt, access } = settings;
    return decideTenancy({
      ...asked,
      principal: call.verified,
      model: namedModel(call),
      jwt,
      access,
      catalogue: modelCatalogueOf(settings),
    });
  }

  private explainCandidates(
    { trace }: AccessDecision,
    { candidates, furtherCandidates }: TenancyDecision['team'],
  ): void {
    trace.teamCandidates.push(...candidates);
    if (furtherCandidates === 0) return;
    const detail = `${String(furtherCandidates)} more teams were considered and are not listed`;
    trace.passed(this.guard, detail, CONFIG_KEYS.teamIds);
  }

  /** By the lists of its role and its scopes, too: which model an alias leads to is not known before the team is. */
  private evaluateModel(
    call: AccessDecision,
    route: RequestedRoute,
    { models }: TenancyDecision,
  ): void {
    requireModelName(call);
    const named = namedModel(call);
    const model = modelOfRequest(named, route, models.aliases);
    if (model === null) return;
    if (model !== named)
      call.trace.passed(
        this.guard,
        `the model ${model} is called in place of this name, an alias of the key or the team`,
      );
    refuseIf(call, this.guard, models.evaluate(model));
  }

  /** That of the credential, else the one that the call names. */
  private endUserOf(
    { verified, body, request }: AccessDecision,
    route: RequestedRoute,
  ): string | null {
    if (verified.endUserId !== null) return verified.endUserId;
    if (!isModelRoute(route)) return null;
    return requestedEndUser(body, request.headers, this.settings.current.access.endUserHeaders);
  }

  private async admitEndUser(call: AccessDecision, id: string): Promise<NamedEndUser> {
    const row = await this.endUsers.find(id);
    refuseIf(call, this.guard, evaluateEndUser(row));
    return { id, row };
  }
}

/** Only calls that can leave a spend entry make a row for their end user. */
function ledgered(endUser: NamedEndUser | null, route: RequestedRoute): NamedEndUser | null {
  return isModelRoute(route) && route.method !== 'GET' ? endUser : null;
}

/** Administration is done for no team, so the header that names one is ignored. */
function requestedTeamOf(
  { verified, request }: AccessDecision,
  route: RequestedRoute,
): string | null {
  return verified.isAdmin && !isModelRoute(route) ? null : requestedTeam(request.headers);
}
