import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Permission } from '#libs/access';
import { usdNumber } from '#libs/common';
import { SpendRecorder } from '#libs/spend';
import { ProviderBudgets, type ProviderBudgetState } from './provider-budgets.js';

/** Time that the spend waits for calls that have just ended. */
const BOOKING_LIMIT_MS = 2_000;

/** Budgets of providers, in LiteLLM's shape. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller('provider/budgets')
export class ProviderBudgetsController {
  /** @param recorder books what has just ended, before the spend is read */
  constructor(
    private readonly budgets: ProviderBudgets,
    private readonly recorder: SpendRecorder,
  ) {}

  /**
   * Every budget of `router_settings.provider_budget_config`.
   * @throws GatehouseError `database_unavailable`
   */
  @Get()
  @Permission({ group: 'global_spend_tracking_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({ summary: 'Budgets of providers', operationId: 'listProviderBudgets' })
  @ApiOkResponse({
    description:
      '`{providers: {openai: {budget_limit, time_period, spend, budget_reset_at}}}`; `spend` is that of the present window.',
  })
  async list(): Promise<{ providers: object }> {
    await this.recorder.flushWithin(BOOKING_LIMIT_MS);
    const states = await this.budgets.states();
    return { providers: Object.fromEntries(states.map((one) => [one.provider, shown(one)])) };
  }
}

function shown({ claim, spentPico }: ProviderBudgetState): object {
  const { capPico, duration, window } = claim;
  return {
    budget_limit: usdNumber(capPico),
    time_period: duration,
    spend: usdNumber(spentPico),
    budget_reset_at: Number.isFinite(window.endMs) ? new Date(window.endMs).toISOString() : null,
  };
}
