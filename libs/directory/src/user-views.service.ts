import { Injectable } from '@nestjs/common';
import { mayReadEverything, userIdOf, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { MembershipsService, TeamsService } from '#libs/teams';
import { UserListing, userQueryOf, UsersService, type ListUsersRequest } from '#libs/users';
import type { UserInfoResponse, UserListResponse } from './dto/user-info.response.js';
import { TeamPresentation } from './team-presentation.service.js';
import { UserPresentation } from './user-presentation.service.js';

/** Users as administrators and they themselves see them. */
@Injectable()
export class UserViews {
  constructor(
    private readonly users: UsersService,
    private readonly listing: UserListing,
    private readonly teams: TeamsService,
    private readonly memberships: MembershipsService,
    private readonly presentation: UserPresentation,
    private readonly teamPresentation: TeamPresentation,
  ) {}

  /**
   * A user with its teams. Whoever may not read everything sees itself alone; any other user is to
   * it as if it did not exist.
   * @param userId which user; default is the caller
   * @param access the caller's context
   * @throws GatehouseError `not_found`, `request_invalid` when nobody is named and the caller has no
   *   row of its own
   */
  async info(userId: string | undefined, access: AccessContext): Promise<UserInfoResponse> {
    const own = userIdOf(access);
    const wanted = userId ?? own;
    const isVisible = mayReadEverything(access) || wanted === own;
    const [row] = wanted !== null && isVisible ? await this.users.listByIds([wanted]) : [];
    if (row === undefined) {
      if (userId === undefined) throw nobodyNamed();
      throw unknownUser();
    }
    const user = await this.presentation.presentOne(row);
    const teams = await this.teamPresentation.present(
      await this.teams.list({ teamIds: user.teams }),
    );
    return {
      user_id: row.userId,
      user_info: user,
      keys: [],
      teams: teams.map((team) => team.response),
    };
  }

  /**
   * One page of users.
   * @param request filter, order and page
   * @throws GatehouseError `database_unavailable`
   */
  async list(request: ListUsersRequest): Promise<UserListResponse> {
    const query = userQueryOf(request);
    const members = await this.confine(request.team, query.userIds);
    const { users, total } = await this.listing.page(
      members === undefined ? query : { ...query, userIds: members },
    );
    const presented = await this.presentation.present(users);
    return {
      users: presented.map((user) => ({ ...user, key_count: 0 })),
      total,
      page: query.page,
      page_size: query.pageSize,
      total_pages: Math.ceil(total / query.pageSize),
    };
  }

  /** The users to whom a listing is confined, `undefined` for all. */
  private async confine(
    teamId: string | undefined,
    userIds: readonly string[] | undefined,
  ): Promise<readonly string[] | undefined> {
    if (teamId === undefined) return userIds;
    const memberships = await this.memberships.listByTeams([teamId]);
    const members = memberships.map((membership) => membership.userId);
    return userIds === undefined ? members : members.filter((member) => userIds.includes(member));
  }
}

function unknownUser(): GatehouseError {
  return new GatehouseError('not_found', { message: 'There is no such user.', param: 'user_id' });
}

function nobodyNamed(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'This credential has no user of its own; name one by user_id.',
    param: 'user_id',
  });
}
