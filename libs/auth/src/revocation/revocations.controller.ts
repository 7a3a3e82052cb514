import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, userIdOf, type AccessContext, type Plain } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { Clock } from '#libs/common';
import { newRevocationOf } from './requested-revocation.js';
import {
  CreateRevocationRequest,
  DEFAULT_PAGE_SIZE,
  ListRevocationsRequest,
} from './revocation.request.js';
import {
  RevocationListResponse,
  RevocationResponse,
  toRevocationResponse,
} from './revocation.response.js';
import { RevocationsService } from './revocations.service.js';

/** `/revocations`: taking tokens back before they expire. For administrators. */
@ApiTags('revocations')
@ApiBearerAuth()
@Controller('revocations')
export class RevocationsController {
  /** @param clock for times that a request leaves out */
  constructor(
    private readonly revocations: RevocationsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Revokes; what is revoked already is extended.
   * @param request what and for how long
   * @throws GatehouseError `route_not_allowed`, `request_invalid`, `database_unavailable`
   */
  @Post()
  @Permission({ group: 'management_routes', role: 'proxy_admin' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Revoke a token, a subject, a session, a client, or everything issued before a time',
    operationId: 'createRevocation',
  })
  @ApiOkResponse({ type: RevocationResponse })
  async create(
    @Body() request: CreateRevocationRequest,
    @Access() access: AccessContext,
  ): Promise<Plain<RevocationResponse>> {
    const revocation = newRevocationOf(request, userIdOf(access), this.clock.now());
    return toRevocationResponse(await this.revocations.add(revocation, auditActorOf(access)));
  }

  /**
   * Lists revocations page by page, newest first.
   * @throws GatehouseError `route_not_allowed`, `database_unavailable`
   */
  @Get()
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({ summary: 'List revocations', operationId: 'listRevocations' })
  @ApiOkResponse({ type: RevocationListResponse })
  async list(@Query() request: ListRevocationsRequest): Promise<Plain<RevocationListResponse>> {
    const { kind, issuer, page = 1, page_size: pageSize = DEFAULT_PAGE_SIZE } = request;
    const { revocations, total } = await this.revocations.page({
      page,
      pageSize,
      ...(kind !== undefined && { kind }),
      ...(issuer !== undefined && { issuer }),
    });
    return {
      revocations: revocations.map(toRevocationResponse),
      total,
      page,
      page_size: pageSize,
      total_pages: Math.ceil(total / pageSize),
    };
  }

  /**
   * Takes a revocation back, so that the tokens it was about are accepted again.
   * @throws GatehouseError `route_not_allowed`, `not_found`, `database_unavailable`
   */
  @Delete(':id')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Take a revocation back', operationId: 'deleteRevocation' })
  @ApiOkResponse({ type: RevocationResponse })
  async remove(
    @Param('id') id: string,
    @Access() access: AccessContext,
  ): Promise<Plain<RevocationResponse>> {
    return toRevocationResponse(await this.revocations.remove(id, auditActorOf(access)));
  }
}
