import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { GatehouseError, usdNumber } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import { costOfUsage, PriceBook, readUsage, type TokenUsage } from '#libs/spend';
import { CalculateSpendRequest, EstimateCostRequest } from './cost.request.js';

/** Four bytes a token, as in every estimate of the gateway. */
const BYTES_PER_TOKEN = 4;

/** What a call would cost. Nothing is called and nothing is booked. */
@ApiTags('spend')
@ApiBearerAuth()
@Controller()
export class CostController {
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
  ) {}

  /**
   * The cost of a response by its usage, or of the input of a request by its size.
   * @throws GatehouseError `request_invalid`, `model_unknown`, `price_unknown`
   */
  @Post('spend/calculate')
  @HttpCode(200)
  @Permission({ group: 'spend_tracking_routes', refusals: ['model_unknown', 'price_unknown'] })
  @ApiOperation({ summary: 'Cost of a request or response', operationId: 'calculateSpend' })
  @ApiOkResponse({ description: '`{cost}` in US dollars' })
  calculate(
    @Body() { model, messages, completion_response: response }: CalculateSpendRequest,
    @Access() access: AccessContext,
  ): { cost: number } {
    const name = model ?? response?.['model'];
    if (typeof name !== 'string' || (messages === undefined && response === undefined)) {
      throw new GatehouseError('request_invalid', {
        message: 'model with messages, or completion_response, is required.',
        param: 'model',
      });
    }
    const deployment = this.deploymentOf(name, access);
    const usage =
      response === undefined
        ? tokens(Math.ceil(Buffer.byteLength(JSON.stringify(messages)) / BYTES_PER_TOKEN), 0)
        : readUsage(response['usage'], deployment.provider)?.usage;
    return { cost: this.costOf(deployment, usage ?? tokens(0, 0)) };
  }

  /**
   * The cost of a request by its tokens, and of as many as there are on a day and in a month.
   * @throws GatehouseError `model_unknown`, `price_unknown`
   */
  @Post('cost/estimate')
  @HttpCode(200)
  @Permission({ group: 'spend_tracking_routes', refusals: ['model_unknown', 'price_unknown'] })
  @ApiOperation({ summary: 'Estimated cost of requests', operationId: 'estimateCost' })
  @ApiOkResponse({
    description:
      'The request with `cost_per_request`, `input_cost_per_request`, `output_cost_per_request`, `daily_cost`, `monthly_cost`, `provider`.',
  })
  estimate(@Body() request: EstimateCostRequest, @Access() access: AccessContext): object {
    const { model, input_tokens: input = 0, output_tokens: output = 0 } = request;
    const { num_requests_per_day: daily, num_requests_per_month: monthly } = request;
    const deployment = this.deploymentOf(model, access);
    const cost = this.costOf(deployment, tokens(input, output));
    return {
      model,
      provider: deployment.provider,
      input_tokens: input,
      output_tokens: output,
      num_requests_per_day: daily ?? null,
      num_requests_per_month: monthly ?? null,
      cost_per_request: cost,
      input_cost_per_request: this.costOf(deployment, tokens(input, 0)),
      output_cost_per_request: this.costOf(deployment, tokens(0, output)),
      daily_cost: daily === undefined ? null : cost * daily,
      monthly_cost: monthly === undefined ? null : cost * monthly,
    };
  }

  /** A deployment of a model group that the caller may use, or one whose upstream has that name for the model. */
  private deploymentOf(name: string, access: AccessContext): DeploymentSettings {
    const { deployments } = this.settings.current;
    const found =
      deployments.find(({ modelGroup }) => modelGroup === name) ??
      deployments.find(({ upstreamModel }) => upstreamModel === name);
    if (found === undefined || !access.models.mayUse(found.modelGroup)) {
      throw new GatehouseError('model_unknown');
    }
    return found;
  }

  private costOf(deployment: DeploymentSettings, usage: TokenUsage): number {
    const prices = this.priceBook.find(deployment);
    if (prices === null) throw new GatehouseError('price_unknown');
    return usdNumber(costOfUsage(prices, usage));
  }
}

function tokens(inputTokens: number, outputTokens: number): TokenUsage {
  return { inputTokens, cachedInputTokens: 0, outputTokens };
}
