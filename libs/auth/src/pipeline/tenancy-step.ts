import { Injectable } from '@nestjs/common';
import {
  isModelRoute,
  type AccessContext,
  type GuardName,
  type Principal,
  type RequestedRoute,
  type UserRole,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { EndUsersService, type EndUserSnapshot } from '#libs/end-users';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { modelCatalogueOf } from '../policy/model-permissions.js';
import { grantedRoutesOf } from '../policy/granted-routes.js';
import { routeLimitsOf } from '../policy/route-limits.js';
import { modelLimitsOf } from '../policy/token-model-lists.js';
import type { RowHolder } from '../revocation/revocable-calls.js';
import { requestedEndUser } from '../tenancy/end-user.js';
import { planKeyRegistration } from '../tenancy/key-registration.js';
import { planWrites, type PlannedWrites } from '../tenancy/planned-writes.js';
import { ProvisioningService } from '../tenancy/provisioning.service.js';
import { requestedTeam } from '../tenancy/requested-team.js';
import { evaluateEndUser } from '../tenancy/account-status.js';
import {
  decideTenancy,
  type TenancyQuestion,
  type TenancyDecision,
} from '../tenancy/tenancy-decision.js';
import type { TeamResolution } from '../tenancy/team-resolution.js';
import type { TenancyFacts } from '../tenancy/tenancy-facts.js';
import { TenancyLookupService } from '../tenancy/tenancy-lookup.service.js';
import type { AccessStep } from './access-step.js';
import { explainAdmission } from './admission-trace.js';
import type { AccessDecision } from '../call/access-decision.js';
import { namedModel } from './named-model.js';
import { refuseIf } from './refuse.js';

/** The end user of a call with its row. */
interface NamedEndUser {
  readonly id: string;
  readonly row: EndUserSnapshot | null;
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
    const { route, verified: principal, trace } = call;
    if (route === null) throw new TypeError('the rbac step lets no such path pass');
    const { jwt } = this.settings.current;
    const requested = requestedTeamOf(call, route);
    const facts = await this.lookup.factsOf(principal, requested);
    const result = this.decide(call, { route, facts, requestedTeam: requested });
    this.explainCandidates(call, result.team);
    call.routes = grantedRoutesOf(principal, this.settings.current, result.grants);
    call.models = result.models;
    refuseIf(call, this.guard, result.refusal);
    this.evaluateModel(call, route, result);
    const endUser = await this.admitEndUser(call, route);
    const { team } = result;
    const routeLimits = routeLimitsOf(principal, jwt, team.hasTeamRoutes);
    const identity = { ...result, teamId: team.teamId, routeLimits };
    const newKey = planKeyRegistration(principal, identity, this.settings.current);
    const plan = planWrites(
      { principal, facts, team, endUser: ledgered(endUser, route), newKey },
      jwt,
    );
    const storedRole = storedRoleAfter(plan, facts);
    call.evaluatedRows = rowsOf(principal, facts, team);
    call.access = this.contextOf(call, result, {
      endUserId: endUser?.id ?? null,
      plan,
      storedRole,
      routeLimits,
    });
    explainAdmission(trace, { facts, result, plan, endUserId: endUser?.id ?? null });
  }

  private decide(
    call: AccessDecision,
    asked: Pick<TenancyQuestion, 'route' | 'facts' | 'requestedTeam'>,
  ): TenancyDecision {
    const { jwt, access, deployments } = this.settings.current;
    return decideTenancy({
      ...asked,
      principal: call.verified,
      model: namedModel(call),
      jwt,
      access,
      catalogue: modelCatalogueOf(deployments),
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

  private evaluateModel(
    call: AccessDecision,
    route: RequestedRoute,
    result: TenancyDecision,
  ): void {
    requireModelName(call, route);
    const model = namedModel(call);
    if (model !== null) refuseIf(call, this.guard, result.models.evaluate(model));
  }

  private async admitEndUser(
    call: AccessDecision,
    route: RequestedRoute,
  ): Promise<NamedEndUser | null> {
    const requested = (): string | null =>
      isModelRoute(route) ? requestedEndUser(call.body, call.request.headers) : null;
    const id = call.verified.endUserId ?? requested();
    if (id === null) return null;
    const row = await this.endUsers.find(id);
    refuseIf(call, this.guard, evaluateEndUser(row));
    return { id, row };
  }

  private contextOf(
    call: AccessDecision,
    result: TenancyDecision,
    ready: Pick<AccessContext, 'storedRole' | 'routeLimits'> & {
      readonly endUserId: string | null;
      readonly plan: PlannedWrites;
    },
  ): AccessContext {
    const { request, verified: principal } = call;
    const { storedRole, routeLimits } = ready;
    return Object.freeze({
      requestId: request.requestId,
      decisionId: request.decisionId,
      clientRequestId: request.clientRequestId,
      principal,
      role: result.role,
      storedRole,
      attribution: Object.freeze({
        issuer: principal.issuer,
        subject: principal.subject,
        keyId: principal.key?.keyId ?? null,
        userId: result.userId,
        teamId: result.team.teamId,
        orgId: result.orgId,
        endUserId: ready.endUserId,
      }),
      models: result.models,
      routeLimits,
      modelLimits: modelLimitsOf(principal, this.settings.current.jwt),
      admission: this.provisioning.admissionFor(ready.plan),
      withdrawn: call.withdrawal.signal,
    });
  }
}

/** A role that follows the token is stored before the call is answered. */
function storedRoleAfter({ sync }: PlannedWrites, { user }: TenancyFacts): UserRole | null {
  return sync?.role === undefined ? (user?.role ?? null) : sync.role;
}

function rowsOf(
  { key }: Principal,
  { user }: TenancyFacts,
  { row }: TeamResolution,
): ReadonlySet<RowHolder> {
  const rows: readonly (readonly [RowHolder, object | null])[] = [
    ['user', user],
    ['team', row],
    ['key', key],
  ];
  return new Set(rows.filter(([, found]) => found !== null).map(([holder]) => holder));
}

/** Only calls that can leave a spend entry make a row for their end user. */
function ledgered(endUser: NamedEndUser | null, route: RequestedRoute): NamedEndUser | null {
  return isModelRoute(route) && route.method !== 'GET' ? endUser : null;
}

/** Refuses a `model` that is not a non-empty string, after everything that concerns the caller. */
function requireModelName(call: AccessDecision, route: RequestedRoute): void {
  if (route.model !== null || !isModelRoute(route)) return;
  const model = call.body?.value('model');
  if (model === undefined || (typeof model === 'string' && model !== '')) return;
  throw new GatehouseError('request_invalid', {
    param: 'model',
    message: 'The member "model" must be the name of one model.',
  });
}

/** Administration is done for no team, so the header that names one is ignored. */
function requestedTeamOf(
  { verified, request }: AccessDecision,
  route: RequestedRoute,
): string | null {
  return verified.isAdmin && !isModelRoute(route) ? null : requestedTeam(request.headers);
}
