import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OptionalText, Permission } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import { HealthChecksResponse } from './health-checks.response.js';
import { HealthChecksService } from './health-checks.service.js';

const MAX_TEXT = 255;

/** Query of `GET /health`. */
class HealthChecksRequest {
  @OptionalText(MAX_TEXT, {
    description: 'Name of a model group, or provider/model of deployments.',
  })
  model?: string;

  @OptionalText(MAX_TEXT, { description: 'Id of one deployment.' })
  model_id?: string;
}

/** Tells administrators which deployments work. */
@ApiTags('health')
@Controller()
export class HealthChecksController {
  constructor(
    private readonly settings: SettingsStore,
    private readonly checks: HealthChecksService,
  ) {}

  /**
   * Calls every deployment, or those that are asked for, unless the last check in the background knows them.
   * @throws GatehouseError `not_found` when there is none
   */
  @Get('/health')
  @Permission({ group: 'info_routes', role: 'proxy_admin', refusals: ['not_found'] })
  @ApiOperation({
    summary: 'Calls deployments to tell whether they work',
    description:
      'The calls cost what their tokens cost, and are booked to no caller. With `background_health_checks`, the results of the last check.',
  })
  @ApiOkResponse({ type: HealthChecksResponse })
  async health(@Query() request: HealthChecksRequest): Promise<HealthChecksResponse> {
    const { deployments, health } = this.settings.current;
    const sought = deployments.filter((one) => isSought(one, request));
    const isNamed = request.model !== undefined || request.model_id !== undefined;
    if (isNamed && sought.length === 0)
      throw new GatehouseError('not_found', { message: 'There is no such deployment.' });
    return new HealthChecksResponse(await this.checks.resultsOf(sought), health.showsDetails);
  }
}

function isSought(
  { id, modelGroup, provider, upstreamModel }: DeploymentSettings,
  { model, model_id: modelId }: HealthChecksRequest,
): boolean {
  const names = [modelGroup, `${provider}/${upstreamModel}`];
  return (
    (modelId === undefined || id === modelId) && (model === undefined || names.includes(model))
  );
}
