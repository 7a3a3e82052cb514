import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { Access, Permission, type AccessContext } from '#libs/access';
import type { ObjectPage } from '#libs/objects';
import { invalidParameter } from '../endpoints/request/request-values.js';
import { KeptListsService, type KeptList } from './kept-lists.service.js';

/** The query of a list, as it came. */
type ListQuery = Readonly<Record<string, unknown>>;

const DEFAULT_LIMIT = 20;
/** An upstream is asked for each object. */
const MAX_LIMIT = 100;

const LIST = {
  schema: {
    type: 'object',
    properties: {
      object: { type: 'string', enum: ['list'] },
      data: { type: 'array', items: { type: 'object' } },
      first_id: { type: 'string', nullable: true },
      last_id: { type: 'string', nullable: true },
      has_more: { type: 'boolean' },
    },
  },
};

/** A list at both spellings of its path. */
const Lists = (path: string, summary: string): MethodDecorator =>
  applyDecorators(
    Get([`/v1${path}`, path]),
    Permission({
      group: 'openai_routes',
      refusals: ['request_invalid', 'upstream_unreachable', 'database_unavailable'],
    }),
    ApiOperation({ summary }),
    ApiQuery({ name: 'after', required: false, description: 'The last id of the page before.' }),
    ApiQuery({
      name: 'limit',
      required: false,
      description: `1 to ${String(MAX_LIMIT)}, default ${String(DEFAULT_LIMIT)}; a larger number is ${String(MAX_LIMIT)}.`,
    }),
    ApiQuery({ name: 'order', required: false, description: 'asc or desc, the default.' }),
    ApiOkResponse(LIST),
  );

/** Lists what callers have made at upstreams, each its own. Costs nothing. */
@ApiTags('models')
@Controller()
export class KeptListsController {
  constructor(private readonly lists: KeptListsService) {}

  @Lists('/files', 'Files of the caller')
  @ApiQuery({ name: 'purpose', required: false, description: 'Files of one purpose alone.' })
  files(@Query() query: ListQuery, @Access() access: AccessContext): Promise<KeptList> {
    const purpose = textOf(query, 'purpose');
    return this.lists.page(
      'file',
      pageOf(query),
      access,
      (shown) => purpose === null || shown['purpose'] === purpose,
    );
  }

  @Lists('/batches', 'Batches of the caller')
  batches(@Query() query: ListQuery, @Access() access: AccessContext): Promise<KeptList> {
    return this.lists.page('batch', pageOf(query), access);
  }

  @Lists('/fine_tuning/jobs', 'Fine-tuning jobs of the caller')
  jobs(@Query() query: ListQuery, @Access() access: AccessContext): Promise<KeptList> {
    return this.lists.page('fine_tuning_job', pageOf(query), access);
  }

  @Lists('/vector_stores', 'Vector stores of the caller')
  stores(@Query() query: ListQuery, @Access() access: AccessContext): Promise<KeptList> {
    return this.lists.page('vector_store', pageOf(query), access);
  }

  @Lists('/containers', 'Containers of the caller')
  containers(@Query() query: ListQuery, @Access() access: AccessContext): Promise<KeptList> {
    return this.lists.page('container', pageOf(query), access);
  }
}

function pageOf(query: ListQuery): ObjectPage {
  const limit = textOf(query, 'limit') ?? String(DEFAULT_LIMIT);
  if (!/^[1-9]\d{0,8}$/.test(limit))
    throw invalidParameter('limit', '"limit" must be an integer of at least 1.');
  const order = textOf(query, 'order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc')
    throw invalidParameter('order', '"order" must be asc or desc.');
  return {
    after: textOf(query, 'after'),
    isAscending: order === 'asc',
    limit: Math.min(Number(limit), MAX_LIMIT),
  };
}

function textOf(query: ListQuery, name: string): string | null {
  const value = query[name] ?? null;
  if (value !== null && typeof value !== 'string')
    throw invalidParameter(name, `"${name}" must be given once.`);
  return value;
}
