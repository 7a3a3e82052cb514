import { Access, Permission, type AccessContext } from '#libs/access';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TagAdministration } from './tag-administration.service.js';
import { ListTagsRequest, TagNameRequest, TagNamesRequest, TagRequest } from './tag.request.js';
import { ChangedTagResponse, DeletedTagResponse, TagResponse } from './tag.response.js';

/** `/tag/*`, in LiteLLM's shapes. */
@ApiTags('tags')
@ApiBearerAuth()
@Controller('tag')
export class TagsController {
  constructor(private readonly tags: TagAdministration) {}

  /**
   * Makes a tag.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['already_exists'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a tag, which may limit the requests that have it',
    operationId: 'createTag',
  })
  @ApiOkResponse({ type: ChangedTagResponse })
  async create(
    @Body() request: TagRequest,
    @Access() access: AccessContext,
  ): Promise<ChangedTagResponse> {
    const tag = await this.tags.create(request, access);
    return { message: `Tag ${tag.name} created successfully`, tag };
  }

  /**
   * Changes a tag.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Change a tag', operationId: 'updateTag' })
  @ApiOkResponse({ type: ChangedTagResponse })
  async update(
    @Body() request: TagRequest,
    @Access() access: AccessContext,
  ): Promise<ChangedTagResponse> {
    const tag = await this.tags.update(request, access);
    return { message: `Tag ${tag.name} updated successfully`, tag };
  }

  /**
   * Shows tags.
   * @param request their names; an unknown one is refused
   */
  @Post('info')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Show tags with their spend, by their names', operationId: 'getTags' })
  @ApiOkResponse({
    schema: { type: 'object', additionalProperties: { $ref: '#/components/schemas/TagResponse' } },
  })
  async info(@Body() request: TagNamesRequest): Promise<object> {
    return this.tags.info(request.names);
  }

  /**
   * Lists tags, those without a row that requests had included. Others than administrators see the tags of their own requests.
   * @param access the caller's context
   */
  @Get('list')
  @Permission({ group: 'management_routes', refusals: ['report_timeout'] })
  @ApiOperation({
    summary: 'List tags, those that only requests have named included',
    operationId: 'listTags',
  })
  @ApiOkResponse({ type: [TagResponse] })
  async list(
    @Query() request: ListTagsRequest,
    @Access() access: AccessContext,
  ): Promise<TagResponse[]> {
    return this.tags.list(request, access);
  }

  /**
   * Deletes a tag.
   * @param access the caller's context
   */
  @Post('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete a tag with its limits; what was spent under it stays in the books',
    operationId: 'deleteTag',
  })
  @ApiOkResponse({ type: DeletedTagResponse })
  async remove(
    @Body() { name }: TagNameRequest,
    @Access() access: AccessContext,
  ): Promise<DeletedTagResponse> {
    await this.tags.remove(name, access);
    return { message: `Tag ${name} deleted successfully` };
  }
}
