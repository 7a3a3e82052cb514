import { Injectable } from '@nestjs/common';
import { mayReadEverything, userIdOf, type AccessContext } from '#libs/access';
import { GatehouseError, unknownRow } from '#libs/common';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import type { UserInfoResponse } from './dto/user-info.response.js';
import { OwnedKeys } from './owned-keys.service.js';
import { TeamPresentation } from './team-presentation.service.js';
import { UserPresentation } from './user-presentation.service.js';

/** A user as administrators and the user itself see it. */
@Injectable()
export class UserQueries {
  constructor(
    private readonly users: UsersService,
    private readonly teams: TeamsService,
    private readonly presentation: UserPresentation,
    private readonly teamPresentation: TeamPresentation,
    private readonly ownedKeys: OwnedKeys,
  ) {}

  /**
   * Returns a user with its teams and keys. A caller that may not read everything sees only itself;
   * every other user is `not_found`.
   * @param userId which user; default is the caller
   * @param access the caller's context
   * @throws GatehouseError `not_found`, `request_invalid` when no user is named and the caller has
   *   no
   *   row of its own
   */
  async info(userId: string | undefined, access: AccessContext): Promise<UserInfoResponse> {
    const own = userIdOf(access);
    const wanted = userId ?? own;
    const isVisible = mayReadEverything(access) || wanted === own;
    const [row] = wanted !== null && isVisible ? await this.users.listByIds([wanted]) : [];
    if (row === undefined) {
      if (userId === undefined) throw nobodyNamed();
      throw unknownRow('user', 'user_id');
    }
    const user = await this.presentation.presentOne(row);
    const teams = await this.teamPresentation.present(
      await this.teams.list({ teamIds: user.teams }),
    );
    return {
      user_id: row.userId,
      user_info: user,
      keys: await this.ownedKeys.ofUser(row.userId),
      teams: teams.map((team) => team.response),
    };
  }
}

function nobodyNamed(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'This credential has no user of its own; name one by user_id.',
    param: 'user_id',
  });
}
