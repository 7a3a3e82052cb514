import { ApiProperty } from '@nestjs/swagger';
import { parseUsd, usdNumber } from '#libs/common';
import type { EntryState, UsageSource } from '../costs/call-records.js';
import type { UsageDetails } from '../costs/token-usage.js';
import {
  CostBreakdownResponse,
  toCostBreakdown,
  type PricedAttempt,
} from './cost-breakdown.response.js';
import { toUsageObject, UsageObjectResponse } from './usage-object.response.js';

/** Facts of Gatehouse about a request, in the `metadata` of a row. */
export class SpendLogMetadata {
  @ApiProperty({ type: String, description: 'Exact cost in US dollars, twelve decimals.' })
  cost_usd!: string;

  @ApiProperty({
    type: CostBreakdownResponse,
    nullable: true,
    description: 'Null where no prices were applied, and for calls of an earlier version.',
  })
  cost_breakdown!: CostBreakdownResponse | null;

  @ApiProperty({ enum: ['settled', 'estimated'] })
  state!: EntryState;

  @ApiProperty({ enum: ['provider', 'estimate', 'none'] })
  usage_source!: UsageSource;

  @ApiProperty({ type: Boolean, description: 'False when the cost is zero for want of a price.' })
  is_priced!: boolean;

  @ApiProperty({
    type: Boolean,
    description: 'True when the upstream reported a usage that is not final or does not add up.',
  })
  usage_suspect!: boolean;

  @ApiProperty({ type: Number, description: 'Attempts that reached an upstream.' })
  attempts!: number;

  @ApiProperty({ type: Number, description: 'Input tokens that the upstream had cached.' })
  cached_tokens!: number;

  @ApiProperty({
    type: UsageObjectResponse,
    description: 'The usage of all attempts, in the shape of the provider’s.',
  })
  usage_object!: UsageObjectResponse;

  @ApiProperty({ type: String, nullable: true, description: 'Alias of the virtual key.' })
  user_api_key_alias!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Alias of the team.' })
  user_api_key_team_alias!: string | null;

  @ApiProperty({ type: Number, nullable: true })
  upstream_status!: number | null;

  @ApiProperty({ type: String, nullable: true })
  client_request_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  decision_id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the client program.' })
  client!: string | null;

  @ApiProperty({ type: String, nullable: true })
  issuer!: string | null;

  @ApiProperty({ type: String, nullable: true })
  subject!: string | null;
}

/** One request that reached an upstream, in the shape of LiteLLM's `LiteLLM_SpendLogs`. */
export class SpendLogResponse {
  @ApiProperty({ type: String })
  request_id!: string;

  @ApiProperty({ type: String })
  call_type!: string;

  @ApiProperty({ type: String, description: 'Id of the key; empty when none was used.' })
  api_key!: string;

  @ApiProperty({ type: Number, description: 'US dollars, the nearest JSON number.' })
  spend!: number;

  @ApiProperty({ type: Number })
  total_tokens!: number;

  @ApiProperty({ type: Number })
  prompt_tokens!: number;

  @ApiProperty({ type: Number })
  completion_tokens!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  startTime!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  endTime!: string;

  @ApiProperty({ type: String })
  model!: string;

  @ApiProperty({ type: String })
  model_id!: string;

  @ApiProperty({ type: String })
  model_group!: string;

  @ApiProperty({ type: String })
  custom_llm_provider!: string;

  @ApiProperty({ type: String, description: 'Empty when the token names no user.' })
  user!: string;

  @ApiProperty({ type: String, nullable: true })
  team_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  organization_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  end_user!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As the client states it.' })
  session_id!: string | null;

  @ApiProperty({ enum: ['success', 'failure'] })
  status!: 'success' | 'failure';

  @ApiProperty({ type: String })
  cache_hit!: string;

  @ApiProperty({ type: [String] })
  request_tags!: string[];

  @ApiProperty({ type: SpendLogMetadata })
  metadata!: SpendLogMetadata;
}

/** A request as the report reads it; sums over its attempts, the rest of its last attempt. */
export interface SpendLogRow {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly decisionId: string | null;
  readonly callType: string;
  readonly modelGroup: string;
  readonly model: string;
  readonly provider: string;
  readonly deploymentId: string;
  readonly client: string | null;
  readonly sessionId: string | null;
  readonly tags: string[] | null;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly keyId: string | null;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly orgId: string | null;
  readonly endUserId: string | null;
  readonly startedAt: Date;
  readonly settledAt: Date;
  readonly inputTokens: string;
  readonly cachedInputTokens: string;
  readonly outputTokens: string;
  /** Of each attempt that has them. */
  readonly usageDetails: readonly UsageDetails[] | null;
  readonly keyAlias: string | null;
  readonly teamAlias: string | null;
  readonly cost: string;
  readonly pricedAttempts: readonly PricedAttempt[] | null;
  readonly state: EntryState;
  readonly usageSource: UsageSource;
  readonly isPriced: boolean;
  readonly isSuspect: boolean;
  readonly isSuccess: boolean;
  readonly attempts: number;
  readonly upstreamStatus: number | null;
}

/** The answer about one request. */
export function toSpendLogResponse(row: SpendLogRow): SpendLogResponse {
  const promptTokens = Number(row.inputTokens);
  const completionTokens = Number(row.outputTokens);
  return {
    request_id: row.requestId,
    call_type: row.callType,
    api_key: row.keyId ?? '',
    spend: usdNumber(parseUsd(row.cost)),
    total_tokens: promptTokens + completionTokens,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    startTime: row.startedAt.toISOString(),
    endTime: row.settledAt.toISOString(),
    model: row.model,
    model_id: row.deploymentId,
    model_group: row.modelGroup,
    custom_llm_provider: row.provider,
    user: row.userId ?? '',
    team_id: row.teamId,
    organization_id: row.orgId,
    end_user: row.endUserId,
    session_id: row.sessionId,
    status: row.isSuccess ? 'success' : 'failure',
    cache_hit: isCacheHit(row) ? 'True' : 'False',
    request_tags: row.tags ?? [],
    metadata: metadataOf(row),
  };
}

/** What served a request is its last attempt. */
function isCacheHit({ pricedAttempts }: SpendLogRow): boolean {
  return pricedAttempts?.at(-1)?.basis.isCacheHit === true;
}

function metadataOf(row: SpendLogRow): SpendLogMetadata {
  return {
    cost_usd: row.cost,
    cost_breakdown: toCostBreakdown(row.pricedAttempts),
    state: row.state,
    usage_source: row.usageSource,
    is_priced: row.isPriced,
    usage_suspect: row.isSuspect,
    attempts: row.attempts,
    cached_tokens: Number(row.cachedInputTokens),
    usage_object: toUsageObject(row),
    user_api_key_alias: row.keyAlias,
    user_api_key_team_alias: row.teamAlias,
    upstream_status: row.upstreamStatus,
    client_request_id: row.clientRequestId,
    decision_id: row.decisionId,
    client: row.client,
    issuer: row.issuer,
    subject: row.subject,
  };
}

/**
 * One day in LiteLLM's summary: besides these members one for each key, named by its id, with what
 * was spent with it.
 */
export class SpendDayResponse {
  @ApiProperty({ type: String, format: 'date' })
  startTime!: string;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  spend!: number;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  users!: Record<string, number>;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  models!: Record<string, number>;
}
