import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { formatDecimal, GatehouseError, times, usdNumber, type ExactDecimal } from '#libs/common';
import { SettingsStore, type DeploymentSettings, type ModelPrices } from '#libs/config';
import {
  costOfUsage,
  estimateOf,
  isPricedFor,
  PriceBook,
  readUsage,
  type TokenUsage,
} from '#libs/spend';
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
   * @throws GatehouseError `request_invalid`, `model_unknown`, `model_unpriced`
   */
  @Post('spend/calculate')
  @HttpCode(200)
  @Permission({ group: 'spend_tracking_routes', refusals: ['model_unknown', 'model_unpriced'] })
  @ApiOperation({ summary: 'Cost of a request or response', operationId: 'calculateSpend' })
  @ApiOkResponse({ description: '`{cost}` in US dollars' })
  calculate(
    @Body() { model, messages, completion_response: response }: CalculateSpendRequest,
    @Access() access: AccessContext,
  ): { cost: number } {
    const name = model ?? response?.['model'];
    if (typeof name !== 'string' || (messages === undefined && response === undefined)) {
      throw lacking('model with messages, or completion_response, is required.', 'model');
    }
    const deployment = this.deploymentOf(name, access);
    const usage =
      response === undefined
        ? tokens(Math.ceil(Buffer.byteLength(JSON.stringify(messages)) / BYTES_PER_TOKEN), 0)
        : readUsage(response['usage'], deployment.provider)?.usage;
    if (usage === undefined)
      throw lacking('completion_response.usage has no tokens.', 'completion_response');
    return { cost: usdNumber(costOfUsage(this.pricesOf(deployment, usage), usage)) };
  }

  /**
   * The cost of a request by its tokens, and of as many as there are on a day and in a month.
   * @throws GatehouseError `model_unknown`, `model_unpriced`
   */
  @Post('cost/estimate')
  @HttpCode(200)
  @Permission({ group: 'spend_tracking_routes', refusals: ['model_unknown', 'model_unpriced'] })
  @ApiOperation({ summary: 'Estimated cost of requests', operationId: 'estimateCost' })
  @ApiOkResponse({
    description:
      'The request with `cost_per_request` and its parts `input_cost_per_request`, `output_cost_per_request` and `margin_cost_per_request`, the same for `daily_` and `monthly_`, `input_cost_per_token`, `output_cost_per_token`, `provider`.',
  })
  estimate(@Body() request: EstimateCostRequest, @Access() access: AccessContext): object {
    const { model } = request;
    const [input, output] = tokensOf(request);
    const { num_requests_per_day: daily = null, num_requests_per_month: monthly = null } = request;
    const deployment = this.deploymentOf(model, access);
    const usage = tokens(input, output);
    const cost = estimateOf(this.pricesOf(deployment, usage), usage);
    const parts = [cost.total, cost.input, cost.output, cost.margin] as const;
    return {
      model,
      provider: deployment.provider,
      input_tokens: input,
      output_tokens: output,
      num_requests_per_day: daily,
      num_requests_per_month: monthly,
      ...named(
        [
          'cost_per_request',
          'input_cost_per_request',
          'output_cost_per_request',
          'margin_cost_per_request',
        ],
        parts,
        1,
      ),
      ...named(
        ['daily_cost', 'daily_input_cost', 'daily_output_cost', 'daily_margin_cost'],
        parts,
        daily,
      ),
      ...named(
        ['monthly_cost', 'monthly_input_cost', 'monthly_output_cost', 'monthly_margin_cost'],
        parts,
        monthly,
      ),
      input_cost_per_token: numberOf(cost.perToken.input),
      output_cost_per_token: numberOf(cost.perToken.output),
    };
  }

  /** A deployment of a model group that the caller may use, or one whose upstream has that name for the model. */
  private deploymentOf(name: string, access: AccessContext): DeploymentSettings {
    const { deployments } = this.settings.current;
    const found =
      deployments.find(({ modelGroup }) => modelGroup === name) ??
      deployments.find(({ upstreamModel }) => upstreamModel === name);
    if (found === undefined || !access.models.mayUse(found.modelGroup)) {
      throw new GatehouseError('model_unknown', { param: 'model' });
    }
    return found;
  }

  private pricesOf(deployment: DeploymentSettings, usage: TokenUsage): ModelPrices {
    const prices = this.priceBook.find(deployment);
    if (prices !== null && isPricedFor(prices, usage)) return prices;
    throw new GatehouseError('model_unpriced', { param: 'model' });
  }
}

type Four<T> = readonly [T, T, T, T];

/** Returns the parts of a cost times a number of requests under their names; `null` for each where the number is not asked for. */
function named(
  names: Four<string>,
  parts: Four<ExactDecimal>,
  requests: number | null,
): Record<string, number | null> {
  const count = { coefficient: BigInt(requests ?? 0), scale: 0 };
  const amounts = parts.map((part, at): [string, number | null] => [
    names[at] ?? '',
    requests === null ? null : Number(formatDecimal(times(part, count))),
  ]);
  return Object.fromEntries(amounts);
}

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/**
 * Returns the tokens of a request, 0 for those that it does not name.
 * @throws GatehouseError `request_invalid` when the request names no tokens
 */
function tokensOf({
  input_tokens: input = null,
  output_tokens: output = null,
}: EstimateCostRequest): readonly [input: number, output: number] {
  if (input === null && output === null)
    throw lacking('input_tokens or output_tokens is required.', 'input_tokens');
  return [input ?? 0, output ?? 0];
}

function lacking(message: string, param: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param });
}

function tokens(inputTokens: number, outputTokens: number): TokenUsage {
  return { inputTokens, cachedInputTokens: 0, outputTokens };
}
