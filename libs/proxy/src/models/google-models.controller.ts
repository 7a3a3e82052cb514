import type { IncomingMessage } from 'node:http';
import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access, Permission, requestedRoute, type AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { GoogleModelListResponse, GoogleModelResponse } from './google-models.response.js';
import { ModelLists } from './model-lists.service.js';
import { googlePageRequestOf, pageOf, type ModelsQuery } from './models-query.js';

const ONE = '/v1beta/models/';

/** Lists the models that a caller may use, for clients of Google's API. */
@ApiTags('models')
@Controller()
export class GoogleModelsController {
  /** @param lists knows what a caller may use */
  constructor(private readonly lists: ModelLists) {}

  /**
   * Lists the models that the caller may use now.
   * @throws GatehouseError `request_invalid` for a page that cannot be
   */
  @Get('/v1beta/models')
  @Permission({ group: 'google_routes', refusals: ['request_invalid'] })
  @ApiOperation({ summary: 'Models that the caller may use now, in Google’s form' })
  @ApiQuery({ name: 'pageSize', required: false, description: '1 to 1000, default 50.' })
  @ApiQuery({ name: 'pageToken', required: false })
  @ApiOkResponse({ type: GoogleModelListResponse })
  list(@Query() query: ModelsQuery, @Access() access: AccessContext): GoogleModelListResponse {
    const { models, hasMore } = pageOf(this.lists.models(access), googlePageRequestOf(query));
    return new GoogleModelListResponse(models, hasMore);
  }

  /**
   * One model. Names that a wildcard group covers are found too.
   * @throws GatehouseError `not_found` when there is none or the caller may not use it
   */
  @Get(`${ONE}*model`)
  @Permission({ group: 'google_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'One model in Google’s form' })
  @ApiParam({ name: 'model', description: 'Model group' })
  @ApiOkResponse({ type: GoogleModelResponse })
  get(@Req() request: IncomingMessage, @Access() access: AccessContext): GoogleModelResponse {
    const route = requestedRoute('GET', request.url ?? '');
    if (route === null) throw new GatehouseError('not_found');
    const model = decodeURIComponent(route.path.slice(ONE.length));
    return new GoogleModelResponse(this.lists.model(model, access));
  }
}
