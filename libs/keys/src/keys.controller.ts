import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  DeleteKeysRequest,
  GenerateKeyRequest,
  KeyInfoRequest,
  KeyReferenceRequest,
  RegenerateKeyRequest,
  RegenerateNamedKeyRequest,
  UpdateKeyRequest,
} from './dto/key.request.js';
import { ResetSpendRequest } from '#libs/spend';
import {
  DeletedKeysResponse,
  GeneratedKeyResponse,
  KeyInfoResponse,
  KeyListResponse,
  KeyResponse,
  KeySpendResetResponse,
  UpdatedKeyResponse,
} from './dto/key.response.js';
import { ListKeysRequest } from './dto/list-keys.request.js';
import { KeyAdministration } from './key-administration.service.js';
import { KeyQueries } from './key-queries.service.js';
import { KeySpend } from './key-spend.service.js';

/** `/key/*`, in LiteLLM's shapes. */
@ApiTags('keys')
@ApiBearerAuth()
@Controller('key')
export class KeysController {
  constructor(
    private readonly administration: KeyAdministration,
    private readonly views: KeyQueries,
    private readonly spend: KeySpend,
  ) {}

  /**
   * Makes a key.
   * @param access the caller's context
   */
  @Post('generate')
  @Permission({ group: 'key_management_routes', refusals: ['not_found', 'already_exists'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a virtual key; it is shown once', operationId: 'generateKey' })
  @ApiOkResponse({ type: GeneratedKeyResponse })
  async generate(
    @Body() request: GenerateKeyRequest,
    @Access() access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    return this.administration.generate(request, access);
  }

  /**
   * Makes a key that belongs to a team alone.
   * @param access the caller's context
   */
  @Post('service-account/generate')
  @Permission({
    group: 'key_management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'already_exists'],
  })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a virtual key that belongs to a team and to none of its members',
    operationId: 'generateServiceAccountKey',
  })
  @ApiOkResponse({ type: GeneratedKeyResponse })
  async generateForTeam(
    @Body() request: GenerateKeyRequest,
    @Access() access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    return this.administration.generateForTeam(request, access);
  }

  /**
   * Changes a key.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({
    group: 'key_management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'already_exists'],
  })
  @HttpCode(200)
  @ApiOperation({ summary: 'Change a virtual key', operationId: 'updateKey' })
  @ApiOkResponse({ type: UpdatedKeyResponse })
  async update(
    @Body() request: UpdateKeyRequest,
    @Access() access: AccessContext,
  ): Promise<UpdatedKeyResponse> {
    return this.administration.update(request, access);
  }

  /**
   * Shows a key that the caller may see.
   * @param access the caller's context
   */
  @Get('info')
  @Permission({ group: 'key_management_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Show a virtual key with its spend', operationId: 'getKey' })
  @ApiOkResponse({ type: KeyInfoResponse })
  async info(
    @Query() request: KeyInfoRequest,
    @Access() access: AccessContext,
  ): Promise<KeyInfoResponse> {
    return this.views.info(request.key, access);
  }

  /**
   * Lists the keys that the caller may see, page by page.
   * @param request filter, order and page
   * @param access the caller's context
   */
  @Get('list')
  @Permission({ group: 'key_management_routes' })
  @ApiOperation({ summary: 'List virtual keys', operationId: 'listKeys' })
  @ApiOkResponse({ type: KeyListResponse })
  async list(
    @Query() request: ListKeysRequest,
    @Access() access: AccessContext,
  ): Promise<KeyListResponse> {
    return this.views.list(request, access);
  }

  /**
   * Deletes keys.
   * @param access the caller's context
   */
  @Post('delete')
  @Permission({ group: 'key_management_routes', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete virtual keys and the mappings to them',
    operationId: 'deleteKeys',
  })
  @ApiOkResponse({ type: DeletedKeysResponse })
  async remove(
    @Body() request: DeleteKeysRequest,
    @Access() access: AccessContext,
  ): Promise<DeletedKeysResponse> {
    return this.administration.remove(request, access);
  }

  /**
   * Blocks a key from the next request on.
   * @param access the caller's context
   */
  @Post('block')
  @Permission({ group: 'key_management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Refuse every further request of a key', operationId: 'blockKey' })
  @ApiOkResponse({ type: KeyResponse })
  async block(
    @Body() request: KeyReferenceRequest,
    @Access() access: AccessContext,
  ): Promise<KeyResponse> {
    return this.administration.setBlocked(request.key, true, access);
  }

  /**
   * Unblocks a key from the next request on.
   * @param access the caller's context
   */
  @Post('unblock')
  @Permission({ group: 'key_management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Admit requests of a key again', operationId: 'unblockKey' })
  @ApiOkResponse({ type: KeyResponse })
  async unblock(
    @Body() request: KeyReferenceRequest,
    @Access() access: AccessContext,
  ): Promise<KeyResponse> {
    return this.administration.setBlocked(request.key, false, access);
  }

  /**
   * Gives a key another secret.
   * @param request which key, and what changes with it
   * @param access the caller's context
   */
  @Post('regenerate')
  @Permission({ group: 'key_management_routes', refusals: ['not_found', 'already_exists'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replace the secret of a virtual key; the new one is shown once',
    operationId: 'regenerateKey',
  })
  @ApiOkResponse({ type: GeneratedKeyResponse })
  async regenerate(
    @Body() request: RegenerateKeyRequest,
    @Access() access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    return this.administration.regenerate(request.key, request, access);
  }

  /**
   * Gives the key that the path names another secret.
   * @param key the key or its id
   * @param request what changes with it
   * @param access the caller's context
   */
  @Post(':key/regenerate')
  @Permission({ group: 'key_management_routes', refusals: ['not_found', 'already_exists'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replace the secret of the virtual key that the path names',
    operationId: 'regenerateNamedKey',
  })
  @ApiOkResponse({ type: GeneratedKeyResponse })
  async regenerateNamed(
    @Param('key') key: string,
    @Body() request: RegenerateNamedKeyRequest,
    @Access() access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    return this.administration.regenerate(key, request, access);
  }

  /**
   * Sets what counts as spent of a key's budget.
   * @param key the key or its id
   * @param access the caller's context
   */
  @Post(':key/reset_spend')
  @Permission({ group: 'key_management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Begin the window of the budget of a virtual key anew',
    operationId: 'resetKeySpend',
  })
  @ApiOkResponse({ type: KeySpendResetResponse })
  async resetSpend(
    @Param('key') key: string,
    @Body() request: ResetSpendRequest,
    @Access() access: AccessContext,
  ): Promise<KeySpendResetResponse> {
    return this.spend.reset(key, request, access);
  }
}
