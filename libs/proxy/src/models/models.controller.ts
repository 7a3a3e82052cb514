import type { IncomingHttpHeaders } from 'node:http';
import { applyDecorators, Controller, Get, Headers, Param, Query } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Access, Permission, type AccessContext } from '#libs/access';
import { AnthropicModelListResponse, AnthropicModelResponse } from './anthropic-models.response.js';
import { CodexModelListResponse, CodexModelResponse } from './codex-models.response.js';
import { GoogleModelListResponse, GoogleModelResponse } from './google-models.response.js';
import { ModelLists } from './model-lists.service.js';
import {
  googlePageRequestOf,
  isAsked,
  pageOf,
  pageRequestOf,
  requireOwnTeam,
  type ModelsQuery,
} from './models-query.js';
import { ModelListResponse, ModelResponse } from './openai-models.response.js';

const FORMS =
  'In OpenAI’s form; in that of Anthropic where the header `anthropic-version` is sent, in that of Google where `x-goog-api-client` is, and in that of Codex’s catalogue where the query has `client_version`.';

const CLIENT_VERSION = {
  name: 'client_version',
  required: false,
  description: 'Selects the form of Codex’s catalogue.',
} as const;
const ANTHROPIC_VERSION = {
  name: 'anthropic-version',
  required: false,
  description: 'Selects Anthropic’s form.',
} as const;

const GOOGLE_CLIENT = {
  name: 'x-goog-api-client',
  required: false,
  description: 'Selects Google’s form.',
} as const;

/** Parameters of the query of a list. */
const ApiListQueries = (): MethodDecorator =>
  applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Anthropic’s form: 1 to 1000, default 20.',
    }),
    ApiQuery({ name: 'after_id', required: false, description: 'Anthropic’s form.' }),
    ApiQuery({ name: 'before_id', required: false, description: 'Anthropic’s form.' }),
    ApiQuery({
      name: 'return_wildcard_routes',
      required: false,
      description: 'OpenAI’s form: names wildcard groups, too.',
    }),
    ApiQuery({
      name: 'include_model_access_groups',
      required: false,
      description:
        'OpenAI’s form: names the access groups of which the caller may use every model.',
    }),
    ApiQuery({
      name: 'only_model_access_groups',
      required: false,
      description: 'OpenAI’s form: names those access groups alone.',
    }),
    ApiQuery({ name: 'team_id', required: false, description: 'The team of the call.' }),
  );

type ModelList =
  ModelListResponse | AnthropicModelListResponse | CodexModelListResponse | GoogleModelListResponse;
type OneModel = ModelResponse | AnthropicModelResponse | CodexModelResponse | GoogleModelResponse;

/** Lists the models that a caller may use. */
@ApiTags('models')
@Controller()
export class ModelsController {
  /** @param lists knows what a caller may use */
  constructor(private readonly lists: ModelLists) {}

  /**
   * Lists the models that the caller may use now.
   * @param headers those of Anthropic and of Google select their form
   * @throws GatehouseError `request_invalid` for a part of the list that cannot be
   */
  @Get(['/v1/models', '/models'])
  @Permission({ group: 'openai_routes', refusals: ['request_invalid'] })
  @ApiOperation({ summary: 'Models that the caller may use now', description: FORMS })
  @ApiHeader(ANTHROPIC_VERSION)
  @ApiHeader(GOOGLE_CLIENT)
  @ApiQuery(CLIENT_VERSION)
  @ApiListQueries()
  @ApiExtraModels(
    ModelListResponse,
    AnthropicModelListResponse,
    CodexModelListResponse,
    GoogleModelListResponse,
  )
  @ApiOkResponse({
    schema: {
      oneOf: [
        { $ref: getSchemaPath(ModelListResponse) },
        { $ref: getSchemaPath(AnthropicModelListResponse) },
        { $ref: getSchemaPath(CodexModelListResponse) },
        { $ref: getSchemaPath(GoogleModelListResponse) },
      ],
    },
  })
  list(
    @Query() query: ModelsQuery,
    @Headers() headers: IncomingHttpHeaders,
    @Access() access: AccessContext,
  ): ModelList {
    requireOwnTeam(query, access);
    switch (formOf(query, headers)) {
      case 'codex':
        return new CodexModelListResponse(this.lists.models(access));
      case 'anthropic': {
        const { models, hasMore } = pageOf(this.lists.models(access), pageRequestOf(query));
        return new AnthropicModelListResponse(models, hasMore);
      }
      case 'google': {
        const { models, hasMore } = pageOf(this.lists.models(access), googlePageRequestOf(query));
        return new GoogleModelListResponse(models, hasMore);
      }
      case 'openai':
        return new ModelListResponse(this.lists.names(access, listedNamesOf(query)));
    }
  }

  /**
   * One model. Names that a wildcard group covers are found too.
   * @param model name of the group
   * @param headers those of Anthropic and of Google select their form
   * @throws GatehouseError `not_found` when there is none or the caller may not use it
   */
  @Get(['/v1/models/:model', '/models/:model'])
  @Permission({ group: 'openai_routes', refusals: ['not_found'] })
  @ApiOperation({ summary: 'One model', description: FORMS })
  @ApiHeader(ANTHROPIC_VERSION)
  @ApiHeader(GOOGLE_CLIENT)
  @ApiQuery(CLIENT_VERSION)
  @ApiExtraModels(ModelResponse, AnthropicModelResponse, CodexModelResponse, GoogleModelResponse)
  @ApiOkResponse({
    schema: {
      oneOf: [
        { $ref: getSchemaPath(ModelResponse) },
        { $ref: getSchemaPath(AnthropicModelResponse) },
        { $ref: getSchemaPath(CodexModelResponse) },
        { $ref: getSchemaPath(GoogleModelResponse) },
      ],
    },
  })
  get(
    @Param('model') model: string,
    @Query() query: ModelsQuery,
    @Headers() headers: IncomingHttpHeaders,
    @Access() access: AccessContext,
  ): OneModel {
    const listed = this.lists.model(model, access);
    switch (formOf(query, headers)) {
      case 'codex':
        return new CodexModelResponse(listed, 0);
      case 'anthropic':
        return new AnthropicModelResponse(listed);
      case 'google':
        return new GoogleModelResponse(listed);
      case 'openai':
        return new ModelResponse(listed.name);
    }
  }
}

function formOf(
  query: ModelsQuery,
  headers: IncomingHttpHeaders,
): 'openai' | 'anthropic' | 'codex' | 'google' {
  if (query['client_version'] !== undefined) return 'codex';
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  return headers['x-goog-api-client'] === undefined ? 'openai' : 'google';
}

function listedNamesOf(query: ModelsQuery) {
  const groups = isAsked(query, 'include_model_access_groups') ? 'beside' : 'none';
  return {
    wildcards: isAsked(query, 'return_wildcard_routes'),
    accessGroups: isAsked(query, 'only_model_access_groups') ? 'alone' : groups,
  } as const;
}
