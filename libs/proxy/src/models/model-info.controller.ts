import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, mayReadEverything, Permission, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { PriceBook } from '#libs/spend';
import { groupEntryOf, modelEntriesOf, type ModelEntry } from './model-entries.js';
import {
  ModelGroupInfoRequest,
  ModelInfoPageRequest,
  ModelInfoRequest,
} from './model-info.request.js';
import {
  ModelGroupInfoResponse,
  ModelInfoPageResponse,
  ModelInfoResponse,
} from './model-info.response.js';
import { ModelLists } from './model-lists.service.js';

/** Describes the models that a caller may use, in LiteLLM's forms. */
@ApiTags('models')
@Controller()
export class ModelInfoController {
  /**
   * @param lists knows what a caller may use
   * @param priceBook what is known of models
   */
  constructor(
    private readonly lists: ModelLists,
    private readonly priceBook: PriceBook,
  ) {}

  /**
   * Describes the deployments of the models that the caller may use, or one of them.
   * @throws GatehouseError `not_found` for a deployment that the caller does not use
   */
  @Get(['/v1/model/info', '/model/info'])
  @Permission({ group: 'info_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Deployments of the models that the caller may use' })
  @ApiOkResponse({ type: ModelInfoResponse })
  info(
    @Query() { litellm_model_id: id }: ModelInfoRequest,
    @Access() access: AccessContext,
  ): ModelInfoResponse {
    const entries = this.entries(access);
    if (id === undefined) return new ModelInfoResponse(entries);
    return new ModelInfoResponse(requireAny(entries.filter((one) => one.model_info['id'] === id)));
  }

  /** The same in pages. */
  @Get('/v2/model/info')
  @Permission({ group: 'info_routes' })
  @ApiOperation({ summary: 'Deployments of the models that the caller may use, in pages' })
  @ApiOkResponse({ type: ModelInfoPageResponse })
  page(
    @Query() request: ModelInfoPageRequest,
    @Access() access: AccessContext,
  ): ModelInfoPageResponse {
    const { page, size } = request;
    const found = this.entries(access).filter((entry) => isSought(entry, request));
    return new ModelInfoPageResponse(found, page, size);
  }

  /**
   * Describes the models that the caller may use, each once, or one of them.
   * @throws GatehouseError `not_found` for a model that the caller does not use
   */
  @Get('/model_group/info')
  @Permission({ group: 'info_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'Models that the caller may use, with what their deployments can do' })
  @ApiOkResponse({ type: ModelGroupInfoResponse })
  groups(
    @Query() { model_group: name }: ModelGroupInfoRequest,
    @Access() access: AccessContext,
  ): ModelGroupInfoResponse {
    const models = this.lists.callable(access);
    const sought =
      name === undefined ? models : requireAny(models.filter((one) => one.name === name));
    return new ModelGroupInfoResponse(sought.map((one) => groupEntryOf(one, this.priceBook)));
  }

  private entries(access: AccessContext): readonly ModelEntry[] {
    const models = this.lists.callable(access);
    return modelEntriesOf(models, this.priceBook, mayReadEverything(access));
  }
}

function isSought(
  { model_name: name, model_info: info }: ModelEntry,
  { model, modelId, search }: ModelInfoPageRequest,
): boolean {
  return (
    (model === undefined || name === model) &&
    (modelId === undefined || info['id'] === modelId) &&
    (search === undefined || name.toLowerCase().includes(search.toLowerCase()))
  );
}

/** A deployment or model of others is not told from one that does not exist. */
function requireAny<T>(found: readonly T[]): readonly T[] {
  if (found.length > 0) return found;
  throw new GatehouseError('not_found', { message: 'There is no such model.' });
}
