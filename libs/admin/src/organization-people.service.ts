import { Injectable } from '@nestjs/common';
import { UNLIMITED, type Plain } from '#libs/access';
import { OrganizationMembershipsService } from '#libs/orgs';
import { TeamsService, type TeamResponse } from '#libs/teams';
import type { OrganizationMemberResponse } from './dto/organization-member.response.js';
import {
  OrganizationMemberPresentation,
  type ShownMember,
} from './organization-member-presentation.service.js';
import { TeamPresentation, type PresentedTeam } from './team-presentation.service.js';

/** The teams of an organisation, and the people in it. */
export interface PeopleOfOrganization {
  readonly teams: readonly Plain<TeamResponse>[];
  readonly members: readonly Plain<OrganizationMemberResponse>[];
}

/** `with_usage` shows what was spent of budgets; `changed` fails for no spend that cannot be read now. */
export type PeopleDetail = 'plain' | 'with_usage' | 'changed';

/** Finds the teams of organisations, and the people who are members of them or of one of their teams. */
@Injectable()
export class OrganizationPeople {
  constructor(
    private readonly teams: TeamsService,
    private readonly teamPresentation: TeamPresentation,
    private readonly memberships: OrganizationMembershipsService,
    private readonly presentation: OrganizationMemberPresentation,
  ) {}

  /**
   * Returns the people of organisations by their ids; each person once, in the order of the ids.
   * @throws GatehouseError `database_unavailable`
   */
  async of(
    organizationIds: readonly string[],
    detail: PeopleDetail,
  ): Promise<(organizationId: string) => PeopleOfOrganization> {
    const [rows, memberships] = await Promise.all([
      this.teams.list({ organizationIds }),
      this.memberships.list({ organizationIds }),
    ]);
    const presented =
      detail === 'changed'
        ? await this.teamPresentation.presentAllChanged(rows)
        : await this.teamPresentation.present(rows);
    const people = [...memberships, ...peopleOf(presented, memberships)];
    const members = Map.groupBy(
      await this.show(people, detail),
      ({ organization_id: organizationId }) => organizationId,
    );
    const teams = Map.groupBy(presented, ({ response }) => response.organization_id);
    return (organizationId) => ({
      teams: (teams.get(organizationId) ?? []).map(({ response }) => response),
      members: (members.get(organizationId) ?? []).sort((left, right) =>
        left.user_id < right.user_id ? -1 : 1,
      ),
    });
  }

  private show(
    people: readonly ShownMember[],
    detail: PeopleDetail,
  ): Promise<Plain<OrganizationMemberResponse>[]> {
    if (detail === 'changed') return this.presentation.presentChanged(people);
    return detail === 'with_usage'
      ? this.presentation.presentWithUsage(people)
      : this.presentation.present(people);
  }
}

/** The people of teams who have no membership in the organisation of the team. */
function peopleOf(
  teams: readonly PresentedTeam[],
  memberships: readonly ShownMember[],
): ShownMember[] {
  const found = new Map<string, ShownMember>();
  const known = new Set(memberships.map(nameOf));
  for (const { response, members } of teams) {
    const organizationId = response.organization_id;
    if (organizationId === null) continue;
    for (const { userId, joinedAt } of members) {
      const name = nameOf({ organizationId, userId });
      if (known.has(name)) continue;
      const before = found.get(name);
      found.set(name, {
        organizationId,
        userId,
        role: null,
        limits: UNLIMITED,
        createdAt: earlier(before?.createdAt, joinedAt),
        updatedAt: later(before?.updatedAt, joinedAt),
      });
    }
  }
  return [...found.values()];
}

function nameOf({
  organizationId,
  userId,
}: Pick<ShownMember, 'organizationId' | 'userId'>): string {
  return JSON.stringify([organizationId, userId]);
}

function earlier(one: Date | undefined, other: Date): Date {
  return one !== undefined && one < other ? one : other;
}

function later(one: Date | undefined, other: Date): Date {
  return one !== undefined && one > other ? one : other;
}
