import { Injectable } from '@nestjs/common';
import { MembershipsService } from '#libs/teams';
import { UserListing, userQueryOf, type ListUsersRequest } from '#libs/users';
import type { UserListResponse } from './dto/user-info.response.js';
import { OwnedKeys } from './owned-keys.service.js';
import { UserPresentation } from './user-presentation.service.js';

/** Users page by page, for callers that may read everything. */
@Injectable()
export class UserPages {
  constructor(
    private readonly listing: UserListing,
    private readonly memberships: MembershipsService,
    private readonly presentation: UserPresentation,
    private readonly ownedKeys: OwnedKeys,
  ) {}

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
    const [presented, counts] = await Promise.all([
      this.presentation.present(users),
      this.ownedKeys.countByUser(users.map((user) => user.userId)),
    ]);
    return {
      users: presented.map((user) => ({ ...user, key_count: counts.get(user.user_id) ?? 0 })),
      total,
      page: query.page,
      page_size: query.pageSize,
      total_pages: Math.ceil(total / query.pageSize),
    };
  }

  /** Ids of the users to which a listing is confined, `undefined` for all users. */
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
