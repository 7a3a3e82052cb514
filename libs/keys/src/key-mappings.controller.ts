import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { Database } from '#libs/database';
import {
  CreateKeyMappingRequest,
  KeyMappingIdRequest,
  keyMappingChangesOf,
  ListKeyMappingsRequest,
  mappingPageOf,
  newKeyMappingOf,
  UpdateKeyMappingRequest,
} from './dto/key-mapping.request.js';
import {
  KeyMappingListResponse,
  KeyMappingResponse,
  toKeyMappingResponse,
} from './dto/key-mapping.response.js';
import { KeyMappingsService } from './key-mappings.service.js';

/**
 * `/jwt/key/mapping/*`, in LiteLLM's shapes. Writing is for administrators, reading for viewers
 * too.
 */
@ApiTags('keys')
@ApiBearerAuth()
@Controller('jwt/key/mapping')
export class KeyMappingsController {
  constructor(
    private readonly database: Database,
    private readonly mappings: KeyMappingsService,
  ) {}

  /**
   * Makes a mapping.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'already_exists'],
  })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let tokens with a claim value run as a virtual key',
    operationId: 'createKeyMapping',
  })
  @ApiOkResponse({ type: KeyMappingResponse })
  async create(
    @Body() request: CreateKeyMappingRequest,
    @Access() access: AccessContext,
  ): Promise<KeyMappingResponse> {
    const values = newKeyMappingOf(request);
    const row = await this.database.write((unit) =>
      this.mappings.create(unit, values, auditActorOf(access)),
    );
    return toKeyMappingResponse(row);
  }

  /**
   * Changes a mapping.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'already_exists'],
  })
  @HttpCode(200)
  @ApiOperation({ summary: 'Change a mapping to a virtual key', operationId: 'updateKeyMapping' })
  @ApiOkResponse({ type: KeyMappingResponse })
  async update(
    @Body() request: UpdateKeyMappingRequest,
    @Access() access: AccessContext,
  ): Promise<KeyMappingResponse> {
    const changes = keyMappingChangesOf(request);
    const row = await this.database.write((unit) =>
      this.mappings.update(unit, request.id, changes, auditActorOf(access)),
    );
    return toKeyMappingResponse(row);
  }

  /**
   * Deletes a mapping.
   * @param access the caller's context
   * @returns the mapping as it was
   */
  @Post('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Delete a mapping; its key stays', operationId: 'deleteKeyMapping' })
  @ApiOkResponse({ type: KeyMappingResponse })
  async remove(
    @Body() request: KeyMappingIdRequest,
    @Access() access: AccessContext,
  ): Promise<KeyMappingResponse> {
    const row = await this.database.write((unit) =>
      this.mappings.remove(unit, request.id, auditActorOf(access)),
    );
    return toKeyMappingResponse(row);
  }

  /** Shows a mapping. */
  @Get('info')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Show a mapping to a virtual key', operationId: 'getKeyMapping' })
  @ApiOkResponse({ type: KeyMappingResponse })
  async info(@Query() request: KeyMappingIdRequest): Promise<KeyMappingResponse> {
    return toKeyMappingResponse(await this.mappings.get(request.id));
  }

  /** Lists mappings, newest first, page by page. */
  @Get('list')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({ summary: 'List mappings to virtual keys', operationId: 'listKeyMappings' })
  @ApiOkResponse({ type: KeyMappingListResponse })
  async list(@Query() request: ListKeyMappingsRequest): Promise<KeyMappingListResponse> {
    const { page, size } = mappingPageOf(request);
    const { mappings, total } = await this.mappings.page(page, size);
    return {
      mappings: mappings.map(toKeyMappingResponse),
      total_count: total,
      current_page: page,
      total_pages: Math.ceil(total / size),
    };
  }
}
