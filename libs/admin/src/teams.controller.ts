import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  AddTeamMembersRequest,
  CreateTeamRequest,
  DeleteTeamMemberRequest,
  DeleteTeamsRequest,
  ListTeamsRequest,
  TeamIdRequest,
  TeamInfoRequest,
  TeamResponse,
  UpdateTeamMemberRequest,
  UpdateTeamRequest,
} from '#libs/teams';
import {
  DeletedTeamsResponse,
  TeamInfoResponse,
  TeamListItemResponse,
  UpdatedTeamResponse,
} from './dto/team-info.response.js';
import {
  AddedTeamMembersResponse,
  UpdatedTeamMemberResponse,
} from './dto/team-members.response.js';
import { OwnInfo } from './own-info.service.js';
import { TeamDirectory } from './team-directory.service.js';
import { TeamMembers } from './team-members.service.js';

/** `/team/*`, in LiteLLM's shapes. */
@ApiTags('teams')
@ApiBearerAuth()
@Controller('team')
export class TeamsController {
  constructor(
    private readonly directory: TeamDirectory,
    private readonly teamMembers: TeamMembers,
    private readonly own: OwnInfo,
  ) {}

  /**
   * Makes a team.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'already_exists'],
  })
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a team', operationId: 'createTeam' })
  @ApiOkResponse({ type: TeamResponse })
  async create(
    @Body() request: CreateTeamRequest,
    @Access() access: AccessContext,
  ): Promise<TeamResponse> {
    return this.directory.create(request, access);
  }

  /**
   * Changes a team.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Change a team', operationId: 'updateTeam' })
  @ApiOkResponse({ type: UpdatedTeamResponse })
  async update(
    @Body() request: UpdateTeamRequest,
    @Access() access: AccessContext,
  ): Promise<UpdatedTeamResponse> {
    return this.directory.update(request, access);
  }

  /**
   * Shows a team that the caller may see.
   * @param access the caller's context
   */
  @Get('info')
  @Permission({ group: 'management_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Show a team with its members and spend', operationId: 'getTeam' })
  @ApiOkResponse({ type: TeamInfoResponse })
  async info(
    @Query() request: TeamInfoRequest,
    @Access() access: AccessContext,
  ): Promise<TeamInfoResponse> {
    return request.team_id === undefined
      ? this.own.team(access)
      : this.directory.info(request.team_id, access);
  }

  /**
   * Lists the teams that the caller may see.
   * @param access the caller's context
   */
  @Get('list')
  @Permission({ group: 'management_routes' })
  @ApiOperation({ summary: 'List teams', operationId: 'listTeams' })
  @ApiOkResponse({ type: [TeamListItemResponse] })
  async list(
    @Query() request: ListTeamsRequest,
    @Access() access: AccessContext,
  ): Promise<TeamListItemResponse[]> {
    return this.directory.list(request, access);
  }

  /**
   * Deletes teams.
   * @param access the caller's context
   */
  @Post('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Delete teams, their memberships and keys', operationId: 'deleteTeams' })
  @ApiOkResponse({ type: DeletedTeamsResponse })
  async remove(
    @Body() request: DeleteTeamsRequest,
    @Access() access: AccessContext,
  ): Promise<DeletedTeamsResponse> {
    return this.directory.remove(request, access);
  }

  /**
   * Blocks a team from the next request on.
   * @param access the caller's context
   */
  @Post('block')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Refuse every further request of a team', operationId: 'blockTeam' })
  @ApiOkResponse({ type: TeamResponse })
  async block(
    @Body() request: TeamIdRequest,
    @Access() access: AccessContext,
  ): Promise<TeamResponse> {
    return this.directory.setBlocked(request.team_id, true, access);
  }

  /**
   * Unblocks a team from the next request on.
   * @param access the caller's context
   */
  @Post('unblock')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Admit requests of a team again', operationId: 'unblockTeam' })
  @ApiOkResponse({ type: TeamResponse })
  async unblock(
    @Body() request: TeamIdRequest,
    @Access() access: AccessContext,
  ): Promise<TeamResponse> {
    return this.directory.setBlocked(request.team_id, false, access);
  }

  /**
   * Adds members to a team.
   * @param access the caller's context
   */
  @Post('member_add')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Add members to a team', operationId: 'addTeamMembers' })
  @ApiOkResponse({ type: AddedTeamMembersResponse })
  async addMembers(
    @Body() request: AddTeamMembersRequest,
    @Access() access: AccessContext,
  ): Promise<AddedTeamMembersResponse> {
    return this.teamMembers.add(request, access);
  }

  /**
   * Changes a member.
   * @param access the caller's context
   */
  @Post('member_update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Change the role and the limits of a member in a team',
    operationId: 'updateTeamMember',
  })
  @ApiOkResponse({ type: UpdatedTeamMemberResponse })
  async updateMember(
    @Body() request: UpdateTeamMemberRequest,
    @Access() access: AccessContext,
  ): Promise<UpdatedTeamMemberResponse> {
    return this.teamMembers.update(request, access);
  }

  /**
   * Ends a membership.
   * @param access the caller's context
   */
  @Post('member_delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Remove a member from a team', operationId: 'deleteTeamMember' })
  @ApiOkResponse({ type: TeamResponse })
  async removeMember(
    @Body() request: DeleteTeamMemberRequest,
    @Access() access: AccessContext,
  ): Promise<TeamResponse> {
    return this.teamMembers.remove(request, access);
  }
}
