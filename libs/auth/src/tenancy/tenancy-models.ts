import { NO_DEFAULT_MODELS, type Principal } from '#libs/access';
import {
  ListedModels,
  userModelsBesideTeam,
  type ModelCatalogue,
  type ModelList,
} from '../policy/model-permissions.js';
import type { TeamResolution } from './team-resolution.js';
import type { CandidateRow, TenancyFacts } from './tenancy-facts.js';

/** The input of {@link modelLists}. */
interface ModelQuestion {
  readonly principal: Pick<Principal, 'isAdmin'>;
  readonly facts: TenancyFacts;
  readonly catalogue: ModelCatalogue;
}

/**
 * Returns the lists of models of team, user and organisations, all of which have to grant a model. Only the team that
 * it requested restricts an administrator by scope.
 */
export function modelLists(question: ModelQuestion, team: TeamResolution): readonly ModelList[] {
  const { principal, facts } = question;
  const ofTeam =
    team.refusal === null ? listsOfTeam(team) : [modelsDespiteTeamRefusal(question, team)];
  if (principal.isAdmin) return ofTeam;
  const { user, organization } = facts;
  return [
    ...ofTeam.filter(({ holder }) => holder === 'team'),
    ...(user === null ? [] : [userList(user.models, team.teamId !== null)]),
    ...(organization === null ? [] : [organizationList(organization.models)]),
    ...ofTeam.filter(({ holder }) => holder === 'organization'),
  ];
}

function listsOfTeam({ row }: TeamResolution): readonly ModelList[] {
  return row === null ? [] : listsOf(row);
}

/**
 * Returns the models that an explanation shows for a caller that was refused for its team: none, or,
 * where only the model was refused, those that any of its teams grants.
 */
function modelsDespiteTeamRefusal(
  { facts, catalogue }: ModelQuestion,
  { refusal }: TeamResolution,
): ModelList {
  const rows = refusal?.code === 'model_not_allowed' ? facts.teams.rows.values() : [];
  const grants = [...rows]
    .filter(({ team }) => !team.blocked)
    .map((row) => new ListedModels(listsOf(row), catalogue));
  const models = catalogue.names.filter((name) => grants.some((grant) => grant.mayUse(name)));
  return { holder: 'team', models: models.length === 0 ? [NO_DEFAULT_MODELS] : models };
}

/** Returns the lists of models of a team and of its organisation. */
export function listsOf({ team, organization }: CandidateRow): readonly ModelList[] {
  const ofTeam: ModelList = { holder: 'team', models: team.models };
  return organization === null ? [ofTeam] : [ofTeam, organizationList(organization.models)];
}

function userList(models: readonly string[], hasTeam: boolean): ModelList {
  return { holder: 'user', models: userModelsBesideTeam(models, hasTeam) };
}

function organizationList(models: readonly string[]): ModelList {
  return { holder: 'organization', models };
}
