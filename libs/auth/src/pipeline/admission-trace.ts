import type { DecisionTrace, EndUserModels } from '#libs/access';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { TenancyDecision } from '../tenancy/tenancy-decision.js';
import type { AdmittedCall } from './admitted-call.js';

/** Writes user, organisation, team and end user of an admitted call and its planned writes into the trace. */
export function explainAdmission(trace: DecisionTrace, admitted: AdmittedCall): void {
  const { result, plan, endUserId, endUserModels } = admitted;
  trace.passed('tenancy', describeUser(admitted), userKeyOf(admitted));
  if (result.newOrgId !== null) {
    const detail = `organisation ${result.newOrgId} is created by its first call`;
    trace.passed('tenancy', detail, CONFIG_KEYS.orgUpsert);
  } else if (result.orgId !== null) {
    trace.passed('tenancy', `organisation ${result.orgId} accepted`);
  }
  trace.passed('tenancy', describeTeam(result), result.team.configKey);
  if (plan.sync !== null) {
    const followed = describeSync(plan.sync.role !== undefined, plan.sync.teams !== null);
    trace.passed('tenancy', followed, CONFIG_KEYS.syncUser);
  }
  if (plan.membership !== null) {
    trace.passed('tenancy', 'the user becomes a member of the team', CONFIG_KEYS.addUserToTeam);
  }
  if (plan.newKey !== null) {
    const detail = 'a virtual key is registered for further tokens of the caller';
    trace.passed('tenancy', detail, CONFIG_KEYS.unregisteredClient);
  }
  if (endUserId !== null) trace.passed('tenancy', describeEndUser(endUserId, endUserModels));
}

function describeEndUser(id: string, models: EndUserModels | null): string {
  const accepted = `end user ${id} accepted`;
  if (models === null) return accepted;
  const confined = `${accepted}: only deployments in region ${models.region} serve it`;
  return models.defaultModel === null
    ? confined
    : `${confined}, and model ${models.defaultModel} where the model of a call has none there`;
}

function userKeyOf({ facts, plan }: AdmittedCall): string | null {
  if (plan.newUser !== null) return CONFIG_KEYS.userUpsert;
  return facts.isUserFoundByEmail ? CONFIG_KEYS.linkByEmail : null;
}

function describeUser({ facts, result, plan }: AdmittedCall): string {
  if (result.userId === null) return 'the call names no user';
  if (plan.newUser !== null) return `user ${result.userId} is created by its first call`;
  const found = facts.isUserFoundByEmail ? 'found by its verified email address' : 'accepted';
  return `user ${result.userId} ${found}`;
}

function describeTeam({ team }: TenancyDecision): string {
  const { teamId, isNew, candidates } = team;
  if (teamId === null) return 'the call is made for no team';
  if (isNew) return `team ${teamId} is created by its first call`;
  const reason = candidates.find(({ chosen }) => chosen)?.reason;
  return `team ${teamId} accepted${reason === undefined ? '' : `: ${reason}`}`;
}

function describeSync(hasRole: boolean, hasTeams: boolean): string {
  if (!hasRole && !hasTeams) return 'role and memberships of the user follow this token already';
  if (!hasTeams) return 'the role of the user becomes that of the token';
  const changed = hasRole ? 'role and memberships' : 'the memberships';
  return `${changed} of the user become those of the token`;
}
