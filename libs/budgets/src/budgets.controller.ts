import { Access, Permission, type AccessContext } from '#libs/access';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BudgetAdministration } from './budget-administration.service.js';
import {
  BudgetIdRequest,
  BudgetInfoRequest,
  CreateBudgetRequest,
  DeleteBudgetRequest,
  UpdateBudgetRequest,
} from './budget.request.js';
import { BudgetResponse, BudgetSettingResponse } from './budget.response.js';

/** `/budget/*`, in LiteLLM's shapes. */
@ApiTags('budgets')
@ApiBearerAuth()
@Controller('budget')
export class BudgetsController {
  constructor(private readonly budgets: BudgetAdministration) {}

  /**
   * Makes a budget.
   * @param access the caller's context
   */
  @Post('new')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['already_exists'] })
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a budget, which rows may name', operationId: 'createBudget' })
  @ApiOkResponse({ type: BudgetResponse })
  async create(
    @Body() request: CreateBudgetRequest,
    @Access() access: AccessContext,
  ): Promise<BudgetResponse> {
    return this.budgets.create(request, access);
  }

  /**
   * Changes a budget.
   * @param access the caller's context
   */
  @Post('update')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Change a budget for every row that names it',
    operationId: 'updateBudget',
  })
  @ApiOkResponse({ type: BudgetResponse })
  async update(
    @Body() request: UpdateBudgetRequest,
    @Access() access: AccessContext,
  ): Promise<BudgetResponse> {
    return this.budgets.update(request, access);
  }

  /**
   * Shows budgets.
   * @param request their ids; unknown ones are left out
   */
  @Post('info')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @HttpCode(200)
  @ApiOperation({ summary: 'Show budgets', operationId: 'getBudgets' })
  @ApiOkResponse({ type: [BudgetResponse] })
  async info(@Body() request: BudgetInfoRequest): Promise<BudgetResponse[]> {
    return this.budgets.list(request.budgets);
  }

  /** Lists budgets. */
  @Get('list')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({ summary: 'List budgets', operationId: 'listBudgets' })
  @ApiOkResponse({ type: [BudgetResponse] })
  async list(): Promise<BudgetResponse[]> {
    return this.budgets.list();
  }

  /** Shows the members of a budget one by one. */
  @Get('settings')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin_viewer',
    refusals: ['not_found'],
  })
  @ApiOperation({
    summary: 'Show the members of a budget one by one',
    operationId: 'getBudgetSettings',
  })
  @ApiOkResponse({ type: [BudgetSettingResponse] })
  async settings(@Query() request: BudgetIdRequest): Promise<BudgetSettingResponse[]> {
    return this.budgets.settings(request.budget_id);
  }

  /**
   * Deletes a budget that neither a row nor the configuration names.
   * @param access the caller's context
   */
  @Post('delete')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete a budget that neither a row nor the configuration names',
    operationId: 'deleteBudget',
  })
  @ApiOkResponse({ type: BudgetResponse })
  async remove(
    @Body() request: DeleteBudgetRequest,
    @Access() access: AccessContext,
  ): Promise<BudgetResponse> {
    return this.budgets.remove(request.id, access);
  }
}
