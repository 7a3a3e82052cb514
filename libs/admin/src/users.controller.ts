import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  CreateUserRequest,
  DeleteUsersRequest,
  ListUsersRequest,
  UpdateUserRequest,
  UserInfoRequest,
} from '#libs/users';
import {
  CreatedUserResponse,
  UpdatedUserResponse,
  UserInfoResponse,
  UserListResponse,
} from './dto/user-info.response.js';
import { OwnInfo } from './own-info.service.js';
import { UserDirectory } from './user-directory.service.js';
import { UserPages } from './user-pages.service.js';
import { UserQueries } from './user-queries.service.js';

/** `/user/*`, in LiteLLM's shapes. */
@ApiTags('users')
@ApiBearerAuth()
@Controller('user')
export class UsersController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly views: UserQueries,
    private readonly own: OwnInfo,
    private readonly pages: UserPages,
  ) {}

  /**
   * Makes a user.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'already_exists'],
  })
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a user', operationId: 'createUser' })
  @ApiOkResponse({ type: CreatedUserResponse })
  async create(
    @Body() request: CreateUserRequest,
    @Access() access: AccessContext,
  ): Promise<CreatedUserResponse> {
    return this.directory.create(request, access);
  }

  /**
   * Changes a user.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Change a user', operationId: 'updateUser' })
  @ApiOkResponse({ type: UpdatedUserResponse })
  async update(
    @Body() request: UpdateUserRequest,
    @Access() access: AccessContext,
  ): Promise<UpdatedUserResponse> {
    return this.directory.update(request, access);
  }

  /**
   * Shows a user that the caller may see.
   * @param access the caller's context
   */
  @Get('info')
  @Permission({ group: 'management_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Show a user with its teams, keys and spend', operationId: 'getUser' })
  @ApiOkResponse({ type: UserInfoResponse })
  async info(
    @Query() request: UserInfoRequest,
    @Access() access: AccessContext,
  ): Promise<UserInfoResponse> {
    return request.user_id === undefined
      ? this.own.user(access)
      : this.views.info(request.user_id, access);
  }

  /**
   * Lists users page by page.
   * @param request filter, order and page
   */
  @Get('list')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({ summary: 'List users', operationId: 'listUsers' })
  @ApiOkResponse({ type: UserListResponse })
  async list(@Query() request: ListUsersRequest): Promise<UserListResponse> {
    return this.pages.list(request);
  }

  /**
   * Deletes users.
   * @param access the caller's context
   * @returns how many, a bare number as LiteLLM answers
   */
  @Post('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  // Nest sends a value that is not an object as text; a number alone is JSON as well.
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Delete users, their memberships and keys', operationId: 'deleteUsers' })
  @ApiOkResponse({ schema: { type: 'integer' }, description: 'How many were deleted.' })
  async remove(
    @Body() request: DeleteUsersRequest,
    @Access() access: AccessContext,
  ): Promise<number> {
    return this.directory.remove(request, access);
  }
}
