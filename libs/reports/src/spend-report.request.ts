import { HasNoFault, IsText, OptionalCount } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { CubeDimension, CubeFilter } from '#libs/spend';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { listOf, ReportDaysRequest } from './report-days.request.js';

const MAX_LIST_LENGTH = 8_192;
const MAX_CURSOR_LENGTH = 8_192;
const MAX_FACETS = 2;
const MAX_PAGE_SIZE = 1_000;

/** What a report may be grouped by, as requests and responses name it. */
const FACETS = {
  day: 'day',
  organisation: 'organization',
  team: 'team',
  user: 'user',
  end_user: 'end_user',
  model: 'model_group',
  key: 'key',
  issuer: 'issuer',
  tag: 'tag',
  client: 'client',
} as const satisfies Readonly<Record<string, CubeDimension>>;

/** One name of `group_by`. */
export type Facet = keyof typeof FACETS;

function isFacet(name: string): name is Facet {
  return Object.hasOwn(FACETS, name);
}

/** Optional filter. An empty one is refused, because the report would show everything. */
function FilterMember(description?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, ...(description !== undefined && { description }) }),
    IsOptional(),
    HasNoFault((value, path) => {
      const isFilter = typeof value === 'string' && listOf(value, path)?.length !== 0;
      return isFilter && value.length <= MAX_LIST_LENGTH
        ? null
        : `${path} must name at least one, with commas between several, in ${String(MAX_LIST_LENGTH)} characters; leave it out for all`;
    }),
  );
}

/** Query of `GET /gatehouse/spend/report`. Filters are lists with commas; several must all match. */
export class SpendReportRequest extends ReportDaysRequest {
  @ApiProperty({
    type: String,
    description: `One or two of ${Object.keys(FACETS).join(', ')}, with a comma; day may be a third.`,
    example: 'team,model',
  })
  @IsText(MAX_LIST_LENGTH)
  group_by!: string;

  @FilterMember()
  organisation?: string;

  @FilterMember()
  team?: string;

  @FilterMember()
  user?: string;

  @FilterMember()
  end_user?: string;

  @FilterMember('Model groups, as clients name them.')
  model?: string;

  @FilterMember('Ids of virtual keys.')
  key?: string;

  @FilterMember()
  issuer?: string;

  @FilterMember()
  tag?: string;

  @FilterMember()
  client?: string;

  @OptionalCount(MAX_PAGE_SIZE, { default: 100 })
  page_size?: number;

  @ApiPropertyOptional({ type: String, description: '`next_cursor` of the page before.' })
  @IsOptional()
  @IsText(MAX_CURSOR_LENGTH)
  cursor?: string;
}

/**
 * The names of `group_by`, each once.
 * @throws GatehouseError `request_invalid`
 */
export function facetsOf({ group_by }: SpendReportRequest): readonly Facet[] {
  const names = [...new Set(listOf(group_by, 'group_by') ?? [])];
  const facets = names.filter(isFacet);
  const isTooMany = facets.filter((name) => name !== 'day').length > MAX_FACETS;
  if (facets.length === 0 || facets.length < names.length || isTooMany) {
    throw new GatehouseError('request_invalid', {
      message: `group_by must be one or two of ${Object.keys(FACETS).join(', ')}; day may be a third.`,
      param: 'group_by',
    });
  }
  return facets;
}

/** The dimensions behind the names of a report. */
export function dimensionsOf(facets: readonly Facet[]): readonly CubeDimension[] {
  return facets.map((facet) => FACETS[facet]);
}

/**
 * The filter of a request.
 * @throws GatehouseError `request_invalid`
 */
export function filterOf(request: SpendReportRequest): CubeFilter {
  const filter: Record<string, readonly string[]> = {};
  for (const [name, dimension] of Object.entries(FACETS)) {
    if (dimension === 'day') continue;
    const values = listOf(request[name as Exclude<Facet, 'day'>], name);
    if (values !== undefined) filter[dimension] = values;
  }
  return filter;
}

/**
 * Values behind which a page begins.
 * @param facets how many there must be
 * @throws GatehouseError `request_invalid` for a text that was not a `next_cursor` of the same report
 */
export function valuesOfCursor(cursor: string, facets: readonly Facet[]): readonly string[] {
  const values = parsed(cursor);
  const isValid =
    Array.isArray(values) &&
    values.length === facets.length &&
    values.every((value) => typeof value === 'string' && isStored(value)) &&
    facets.every((facet, index) => facet !== 'day' || isDay(values[index]));
  if (!isValid) {
    throw new GatehouseError('request_invalid', {
      message: 'cursor must be the next_cursor of the page before, with the same group_by.',
      param: 'cursor',
    });
  }
  return values as string[];
}

/** The text for {@link valuesOfCursor}. */
export function cursorOf(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function isStored(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isDay(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^[12]\d{3}-\d{2}-\d{2}$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
