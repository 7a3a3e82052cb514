import { Body, Controller, Delete, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext, type HandlerPermission } from '#libs/access';
import {
  AddOrganizationMembersRequest,
  DeleteOrganizationMemberRequest,
  UpdateOrganizationMemberRequest,
} from '#libs/orgs';
import {
  AddedOrganizationMembersResponse,
  OrganizationMemberResponse,
} from './dto/organization-member.response.js';
import { OrganizationMembers } from './organization-members.service.js';

const ADMINISTRATORS: HandlerPermission = {
  group: 'management_routes',
  role: 'org_admin',
  refusals: ['not_found'],
};

/** `/organization/member_*`, in LiteLLM's shapes. */
@ApiTags('organizations')
@ApiBearerAuth()
@Controller('organization')
export class OrganizationMembersController {
  constructor(private readonly members: OrganizationMembers) {}

  /**
   * Adds members to an organisation.
   * @param access the caller's context
   */
  @Post('member_add')
  @Permission(ADMINISTRATORS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Add members to an organization',
    operationId: 'addOrganizationMembers',
  })
  @ApiOkResponse({ type: AddedOrganizationMembersResponse })
  async add(
    @Body() request: AddOrganizationMembersRequest,
    @Access() access: AccessContext,
  ): Promise<AddedOrganizationMembersResponse> {
    return this.members.add(request, access);
  }

  /**
   * Changes a member.
   * @param access the caller's context
   */
  @Patch('member_update')
  @Permission(ADMINISTRATORS)
  @ApiOperation({
    summary: 'Change the role and the budget of a member in an organization',
    operationId: 'updateOrganizationMember',
  })
  @ApiOkResponse({ type: OrganizationMemberResponse })
  async update(
    @Body() request: UpdateOrganizationMemberRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationMemberResponse> {
    return this.members.update(request, access);
  }

  /**
   * Ends a membership.
   * @param access the caller's context
   */
  @Delete('member_delete')
  @Permission(ADMINISTRATORS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove a member from an organization',
    operationId: 'deleteOrganizationMember',
  })
  @ApiOkResponse({ type: OrganizationMemberResponse })
  async remove(
    @Body() request: DeleteOrganizationMemberRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationMemberResponse> {
    return this.members.remove(request, access);
  }
}
