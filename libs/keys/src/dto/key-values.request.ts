import {
  EmptyTextIs,
  IsAlias,
  IsModelList,
  limitsChangeOf,
  ModelAliasesMember,
  newLimitsOf,
  NotEnforced,
  OptionalIdentity,
  OwnTagsMember,
  PassThroughRoutesMember,
  taggedMetadataOf,
  UNLIMITED,
  valuesAfter,
  type ModelAliases,
  type WithLimitsChange,
} from '#libs/access';
import { GatehouseError } from '#libs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { endOfDuration } from '../entities/key-duration.js';
import { givenOf, type KeyValues } from '../entities/key-record.js';
import {
  KeyLimitsRequest,
  keyMetadataOf,
  namedKeyLimitsOf,
  withRaisedBudget,
} from './key-limits.request.js';
import { KEY_NOT_ENFORCED } from './key-limits.js';
import { IsKeyDuration, IsRouteList } from './key-member.decorator.js';

/** LiteLLM's shortcuts for `allowed_routes`. */
const ROUTES_OF_TYPE = {
  default: [],
  llm_api: ['llm_api_routes'],
  management: ['management_routes'],
  read_only: ['info_routes'],
} as const satisfies Record<string, readonly string[]>;

/** One shortcut. */
export type KeyType = keyof typeof ROUTES_OF_TYPE;

const KEY_TYPES = Object.keys(ROUTES_OF_TYPE) as KeyType[];

/** Members that every request may have that makes or changes a key. */
@NotEnforced(KEY_NOT_ENFORCED)
export class KeyValuesRequest extends KeyLimitsRequest {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Display name; no two keys share one.',
  })
  @IsOptional()
  @EmptyTextIs('null')
  @IsAlias()
  key_alias?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'When it expires from now: `30s`, `30m`, `30h`, `30d`, `1w`, `1mo`; `-1`: never.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsKeyDuration()
  duration?: string | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Models that the key may use. Empty: every model that its owner may use.',
  })
  @IsOptional()
  @IsModelList()
  models?: string[] | null;

  @OptionalIdentity({ nullable: true, description: 'Owner.' })
  user_id?: string | null;

  @OptionalIdentity({ nullable: true })
  team_id?: string | null;

  @OptionalIdentity({ nullable: true })
  organization_id?: string | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Route groups, routes, patterns. Empty: every route that its owner may call.',
  })
  @IsOptional()
  @IsRouteList()
  allowed_routes?: string[] | null;

  @ApiPropertyOptional({
    enum: KEY_TYPES,
    nullable: true,
    description: 'Short for `allowed_routes`.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(KEY_TYPES)
  key_type?: KeyType | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  blocked?: boolean | null;

  @OwnTagsMember()
  tags?: string[] | null;

  @PassThroughRoutesMember()
  allowed_passthrough_routes?: string[] | null;

  @ModelAliasesMember()
  aliases?: ModelAliases | null;
}

/**
 * Returns the values of a new key.
 * @param now from when on its duration counts, and those of its budgets
 * @throws GatehouseError `request_invalid` for two lists of routes
 */
export function newKeyOf(request: KeyValuesRequest, now: Date): KeyValues {
  const named = namedKeyLimitsOf(request);
  const limits = withRaisedBudget(newLimitsOf(named), named);
  const changes = { ...keyChangesOf(request, now), ...limits };
  return {
    alias: null,
    userId: null,
    teamId: null,
    organizationId: null,
    models: [],
    allowedRoutes: [],
    passThroughRoutes: [],
    modelAliases: {},
    metadata: {},
    limits: UNLIMITED,
    blocked: false,
    expiresAt: null,
    ...valuesAfter<KeyValues>({ limits: UNLIMITED }, changes, now),
  };
}

/**
 * The values of a key that a request changes. An absent member changes nothing; `null` clears, and
 * a duration of `null` never expires.
 * @param now from when on its duration counts
 * @throws GatehouseError `request_invalid` for two lists of routes
 */
export function keyChangesOf(request: KeyValuesRequest, now: Date): WithLimitsChange<KeyValues> {
  const { models, duration, blocked, allowed_passthrough_routes: passThroughRoutes } = request;
  const values = givenOf<Omit<KeyValues, 'limits' | 'metadata'>>({
    alias: request.key_alias,
    userId: request.user_id,
    teamId: request.team_id,
    organizationId: request.organization_id,
    models: models === null ? [] : models,
    allowedRoutes: routesOf(request),
    passThroughRoutes: passThroughRoutes === null ? [] : passThroughRoutes,
    modelAliases: request.aliases === null ? {} : request.aliases,
    blocked: blocked === null ? undefined : blocked,
    expiresAt: duration === undefined ? undefined : expiryOf(duration, now),
  });
  const named = namedKeyLimitsOf(request);
  const limits = withRaisedBudget(limitsChangeOf(named), named);
  return { ...values, ...taggedMetadataOf(request, keyMetadataOf(request)), ...limits };
}

function expiryOf(duration: string | null, now: Date): Date | null {
  return duration === null ? null : (endOfDuration(duration, now) ?? null);
}

/**
 * The list itself, or the one that the type stands for; a client that sends both leaves one of them
 * empty.
 */
function routesOf(request: KeyValuesRequest): string[] | undefined {
  const { allowed_routes: named, key_type: type } = request;
  if (type === undefined || type === null) return named === null ? [] : named;
  const implied = [...ROUTES_OF_TYPE[type]];
  if (named === undefined || named === null || named.length === 0) return implied;
  if (implied.length === 0) return named;
  throw new GatehouseError('request_invalid', {
    message: 'Send either key_type or allowed_routes.',
    param: 'key_type',
  });
}
