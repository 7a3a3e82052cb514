import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  CreateOrganizationRequest,
  OrganizationResponse,
  UpdateOrganizationRequest,
} from '#libs/orgs';
import { OrganizationInfoResponse } from './dto/organization-info.response.js';
import {
  DeleteOrganizationsRequest,
  ListOrganizationsRequest,
  OrganizationIdRequest,
} from './dto/organization.request.js';
import { OrganizationDirectory } from './organization-directory.service.js';

/** `/organization/*`, in LiteLLM's shapes. */
@ApiTags('organizations')
@ApiBearerAuth()
@Controller('organization')
export class OrganizationsController {
  constructor(private readonly directory: OrganizationDirectory) {}

  /**
   * Makes an organisation.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['already_exists'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Make an organization', operationId: 'createOrganization' })
  @ApiOkResponse({ type: OrganizationResponse })
  async create(
    @Body() request: CreateOrganizationRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationResponse> {
    return this.directory.create(request, access);
  }

  /**
   * Changes an organisation.
   * @param access the caller's context
   */
  @Patch('update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Change an organization', operationId: 'updateOrganization' })
  @ApiOkResponse({ type: OrganizationInfoResponse })
  async update(
    @Body() request: UpdateOrganizationRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationInfoResponse> {
    return this.directory.update(request, access);
  }

  /**
   * Shows an organisation.
   * @param access the caller's context
   */
  @Get('info')
  @Permission({ group: 'management_routes', role: 'org_admin', refusals: ['not_found'] })
  @ApiOperation({
    summary: 'Show an organization with its teams, people and spend',
    operationId: 'getOrganization',
  })
  @ApiOkResponse({ type: OrganizationInfoResponse })
  async info(
    @Query() request: OrganizationIdRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationInfoResponse> {
    return this.directory.info(request.organization_id, access);
  }

  /**
   * Lists the organisations that the caller may see. `spend` is 0 to a caller that does not administer the organisation.
   * @param access the caller's context
   */
  @Get('list')
  @Permission({ group: 'management_routes' })
  @ApiOperation({ summary: 'List organizations', operationId: 'listOrganizations' })
  @ApiOkResponse({ type: [OrganizationInfoResponse] })
  async list(
    @Query() request: ListOrganizationsRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationInfoResponse[]> {
    return this.directory.list(request, access);
  }

  /**
   * Deletes organisations with their teams.
   * @param access the caller's context
   */
  @Delete('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete organizations with their teams, memberships and keys',
    operationId: 'deleteOrganizations',
  })
  @ApiOkResponse({ type: [OrganizationInfoResponse] })
  async remove(
    @Body() request: DeleteOrganizationsRequest,
    @Access() access: AccessContext,
  ): Promise<OrganizationInfoResponse[]> {
    return this.directory.remove(request, access);
  }
}
