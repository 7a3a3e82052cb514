import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { ResetSpendRequest } from '#libs/spend';
import { MemberSpendResetResponse, TeamSpendResetResponse } from './dto/team-spend.response.js';
import { TeamSpend } from './team-spend.service.js';

/** Resets of the spend of teams and their members. */
@ApiTags('teams')
@ApiBearerAuth()
@Controller('team')
export class TeamSpendController {
  constructor(private readonly spend: TeamSpend) {}

  /**
   * Sets what counts as spent of a team's budget.
   * @param access the caller's context
   */
  @Post(':team_id/reset_spend')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Begin the window of the budget of a team anew',
    operationId: 'resetTeamSpend',
  })
  @ApiOkResponse({ type: TeamSpendResetResponse })
  async reset(
    @Param('team_id') teamId: string,
    @Body() request: ResetSpendRequest,
    @Access() access: AccessContext,
  ): Promise<TeamSpendResetResponse> {
    return this.spend.reset(teamId, request, access);
  }

  /**
   * Sets what counts as spent of a member's budget in a team.
   * @param access the caller's context
   */
  @Post(':team_id/member/:user_id/reset_spend')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Begin the window of the budget of a member of a team anew',
    operationId: 'resetTeamMemberSpend',
  })
  @ApiOkResponse({ type: MemberSpendResetResponse })
  async resetMember(
    @Param('team_id') teamId: string,
    @Param('user_id') userId: string,
    @Body() request: ResetSpendRequest,
    @Access() access: AccessContext,
  ): Promise<MemberSpendResetResponse> {
    return this.spend.resetMember({ teamId, userId }, request, access);
  }
}
