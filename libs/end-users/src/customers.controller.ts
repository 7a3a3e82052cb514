import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import {
  CustomerIdRequest,
  CustomerIdsRequest,
  CustomerRequest,
  ListCustomersRequest,
} from './customer.request.js';
import {
  BlockedCustomersResponse,
  CustomerResponse,
  DeletedCustomersResponse,
  UnblockedCustomersResponse,
} from './customer.response.js';
import { CustomersService } from './customers.service.js';

/** `/customer/*` and its older name `/end_user/*`, in LiteLLM's shapes. */
@ApiTags('customers')
@ApiBearerAuth()
@Controller(['customer', 'end_user'])
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  /**
   * Makes a customer.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['already_exists'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a customer (an end user)', operationId: 'createCustomer' })
  @ApiOkResponse({ type: CustomerResponse })
  async create(
    @Body() request: CustomerRequest,
    @Access() access: AccessContext,
  ): Promise<CustomerResponse> {
    return this.customers.create(request, access);
  }

  /**
   * Changes a customer.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Change a customer', operationId: 'updateCustomer' })
  @ApiOkResponse({ type: CustomerResponse })
  async update(
    @Body() request: CustomerRequest,
    @Access() access: AccessContext,
  ): Promise<CustomerResponse> {
    return this.customers.update(request, access);
  }

  /** Shows a customer. */
  @Get('info')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Show a customer with its spend', operationId: 'getCustomer' })
  @ApiOkResponse({ type: CustomerResponse })
  async info(@Query() request: CustomerIdRequest): Promise<CustomerResponse> {
    return this.customers.info(request.end_user_id);
  }

  /** Lists customers. */
  @Get('list')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({
    summary: 'List customers, those that calls were the first to name included',
    operationId: 'listCustomers',
  })
  @ApiOkResponse({ type: [CustomerResponse] })
  async list(@Query() request: ListCustomersRequest): Promise<CustomerResponse[]> {
    return this.customers.list(request);
  }

  /**
   * Deletes customers.
   * @param access the caller's context
   */
  @Post('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete customers; what they spent stays in the books',
    operationId: 'deleteCustomers',
  })
  @ApiOkResponse({ type: DeletedCustomersResponse })
  async remove(
    @Body() { user_ids: ids }: CustomerIdsRequest,
    @Access() access: AccessContext,
  ): Promise<DeletedCustomersResponse> {
    await this.customers.remove(ids, access);
    return {
      deleted_customers: ids.length,
      message: `Successfully deleted customers with ids: ${ids.join(', ')}`,
    };
  }

  /**
   * Blocks customers from the next request on; unknown ones are made.
   * @param access the caller's context
   */
  @Post('block')
  @Permission({ group: 'management_routes', role: 'proxy_admin' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Refuse every further request that names one of some customers',
    operationId: 'blockCustomers',
  })
  @ApiOkResponse({ type: BlockedCustomersResponse })
  async block(
    @Body() request: CustomerIdsRequest,
    @Access() access: AccessContext,
  ): Promise<BlockedCustomersResponse> {
    return { blocked_users: await this.customers.setBlocked(request.user_ids, true, access) };
  }

  /**
   * Unblocks customers from the next request on.
   * @param access the caller's context
   */
  @Post('unblock')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Admit requests that name one of some customers again',
    operationId: 'unblockCustomers',
  })
  @ApiOkResponse({ type: UnblockedCustomersResponse })
  async unblock(
    @Body() request: CustomerIdsRequest,
    @Access() access: AccessContext,
  ): Promise<UnblockedCustomersResponse> {
    const rows = await this.customers.setBlocked(request.user_ids, false, access);
    return { blocked_users: [], unblocked_users: rows };
  }
}
