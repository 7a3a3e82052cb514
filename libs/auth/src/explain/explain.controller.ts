import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Permission } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { AccessExplainer, type ExplainedCall } from './access-explainer.service.js';
import { DecisionLogService } from '../decisions/decision-log.service.js';
import type { DecisionRecord } from '../decisions/decision-record.js';
import { DecisionResponse } from './decision.response.js';
import { ExplainRequest } from './explain.request.js';

const DECISION_ID = /^dec_[0-9a-f]{32}$/;

/** Why a call was, or would be, let in or refused. For administrators. */
@ApiTags('decisions')
@ApiBearerAuth()
@Controller()
export class ExplainController {
  /** @param explainer evaluates without side effects */
  constructor(
    private readonly explainer: AccessExplainer,
    private readonly decisions: DecisionLogService,
  ) {}

  /**
   * Evaluates a call that is not made.
   * @throws GatehouseError `route_not_allowed`, `request_invalid`
   */
  @Post('auth/explain')
  @Permission({ group: 'management_routes', role: 'proxy_admin' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Evaluate a token or claims, a route and a model without calling anything.',
  })
  @ApiOkResponse({ type: DecisionResponse })
  async explain(@Body() request: ExplainRequest): Promise<DecisionRecord> {
    return this.explainer.explain({
      caller: callerOf(request),
      method: request.method ?? 'POST',
      route: request.route ?? '/v1/chat/completions',
      body: bodyOf(request),
      headers: request.headers ?? {},
    });
  }

  /**
   * The decision behind an answer.
   * @param id value of `x-gatehouse-decision-id`
   * @throws GatehouseError `route_not_allowed`, `not_found`, `database_unavailable`
   */
  @Get('decisions/:id')
  @Permission({ group: 'management_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Explain the answer that carried this x-gatehouse-decision-id.' })
  @ApiOkResponse({ type: DecisionResponse })
  async find(@Param('id') id: string): Promise<DecisionRecord> {
    const record = DECISION_ID.test(id) ? await this.decisions.find(id) : null;
    if (record === null) {
      throw new GatehouseError('not_found', { message: 'No decision of that id is kept.' });
    }
    return record;
  }
}

function bodyOf(request: ExplainRequest): ExplainedCall['body'] {
  const { body = {}, model, user, tags, input_file_id } = request;
  const beside = Object.entries({ model, user, tags, input_file_id });
  return { ...body, ...Object.fromEntries(beside.filter(([, value]) => value !== undefined)) };
}

function callerOf({ token, claims }: ExplainRequest): ExplainedCall['caller'] {
  if (token !== undefined && claims === undefined) return { kind: 'token', token };
  if (claims !== undefined && token === undefined) return { kind: 'claims', claims };
  throw new GatehouseError('request_invalid', {
    message: 'Send exactly one of "token" and "claims".',
    param: 'token',
  });
}
