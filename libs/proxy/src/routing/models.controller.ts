import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { ModelListResponse, ModelResponse } from './models.response.js';
import { getVisibleGroup } from './model-groups.js';
import { modelRegistryOf } from './model-registry.js';

/** Lists the models that a caller may use. */
@ApiTags('models')
@Controller()
export class ModelsController {
  /** @param settings the configuration of the moment */
  constructor(private readonly settings: SettingsStore) {}

  /** Lists the model groups that the caller may use. */
  @Get(['/v1/models', '/models'])
  @Permission({ group: 'openai_routes' })
  @ApiOperation({ summary: 'Model groups that the caller may use' })
  @ApiOkResponse({ type: ModelListResponse })
  list(@Access() access: AccessContext): ModelListResponse {
    const { names } = modelRegistryOf(this.settings.current);
    return new ModelListResponse(names.filter((name) => access.models.mayUse(name)));
  }

  /**
   * One model group. Names that a wildcard group covers are found too.
   * @param model name of the group
   * @throws GatehouseError `not_found` when there is none or the caller may not use it
   */
  @Get(['/v1/models/:model', '/models/:model'])
  @Permission({ group: 'openai_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'One model group' })
  @ApiOkResponse({ type: ModelResponse })
  get(@Param('model') model: string, @Access() access: AccessContext): ModelResponse {
    return new ModelResponse(getVisibleGroup(model, this.settings.current, access.models).name);
  }
}
