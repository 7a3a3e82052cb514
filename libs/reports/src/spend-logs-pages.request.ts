import { EmptyTextIs, IsText, OptionalCount, OptionalText, PageNumber } from '#libs/access';
import { DAY_MS, GatehouseError } from '#libs/common';
import type { LogPosition, SpendLogsFilter } from '#libs/spend';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { IsDay } from './report-days.request.js';
import { FormatMember, type ReportFormat } from './report-format.js';
import {
  MAX_PAGE_SIZE,
  SpendLogsFilterRequest,
  spendLogsFilterOf,
} from './spend-logs-filter.request.js';

const MAX_ALIAS_LENGTH = 255;
const MAX_SESSION_LENGTH = 128;
const MAX_CURSOR_LENGTH = 1_024;
const DAY_LENGTH = 10;
const ID_TEXT = /^[^\0]{1,512}$/;
const DOLLARS = /^\d{1,12}(?:\.\d{1,12})?$/;
const DOLLARS_MESSAGE = '$property must be US dollars, for example 0.25';

/** Query of `GET /spend/logs/v2`. Several filters must all match. */
export class SpendLogsPagesRequest extends SpendLogsFilterRequest {
  @ApiPropertyOptional({ type: String, example: '2026-11-01 00:00:00' })
  @IsDay()
  start_date?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Included; a day without a time is included whole.',
    example: '2026-11-30 23:59:59',
  })
  @IsDay()
  end_date?: string;

  @OptionalText(MAX_ALIAS_LENGTH, { description: 'Alias of a virtual key.' })
  key_alias?: string;

  @OptionalText(MAX_SESSION_LENGTH, { description: 'Session that the client states.' })
  session_id?: string;

  @ApiPropertyOptional({ enum: ['success', 'failure'] })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsIn(['success', 'failure'])
  status_filter?: 'success' | 'failure';

  @ApiPropertyOptional({ type: String, description: 'US dollars.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @Matches(DOLLARS, { message: DOLLARS_MESSAGE })
  min_spend?: string;

  @ApiPropertyOptional({ type: String, description: 'US dollars.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @Matches(DOLLARS, { message: DOLLARS_MESSAGE })
  max_spend?: string;

  @OptionalCount(MAX_PAGE_SIZE, { default: 50 })
  page_size?: number;

  @OptionalText(MAX_CURSOR_LENGTH, {
    description: '`next_cursor` of the page before, in place of `page`: as quick on deep pages.',
  })
  cursor?: string;

  @FormatMember()
  format?: ReportFormat;
}

/** Query of `GET /spend/logs/session/ui`. */
export class SessionLogsRequest {
  @ApiProperty({ type: String, maxLength: MAX_SESSION_LENGTH })
  @IsText(MAX_SESSION_LENGTH)
  session_id!: string;

  @PageNumber()
  page?: number;

  @OptionalCount(MAX_PAGE_SIZE, { default: 50 })
  page_size?: number;
}

/**
 * The filter of a request.
 * @throws GatehouseError `request_invalid` when the dates or amounts are in the wrong order, or the cursor is not one
 */
export function logsFilterOf(request: SpendLogsPagesRequest): SpendLogsFilter {
  const { start_date: start, end_date: end, cursor } = request;
  return spendLogsFilterOf(request, {
    keyAlias: request.key_alias,
    sessionId: request.session_id,
    status: request.status_filter,
    minSpend: request.min_spend,
    maxSpend: request.max_spend,
    from: start === undefined ? undefined : instantOf(start, 'start_date'),
    until: end === undefined ? undefined : endOf(end),
    behind: cursor === undefined ? undefined : positionOf(cursor),
  });
}

/** The text for `cursor`. */
export function logsCursorOf({ startedAt, requestId }: LogPosition): string {
  return Buffer.from(`${startedAt.toISOString()} ${requestId}`).toString('base64url');
}

function positionOf(cursor: string): LogPosition {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const at = text.indexOf(' ');
  const startedAt = new Date(text.slice(0, Math.max(0, at)));
  const requestId = text.slice(at + 1);
  const isInstant =
    !Number.isNaN(startedAt.getTime()) && startedAt.toISOString() === text.slice(0, at);
  if (!isInstant || !ID_TEXT.test(requestId) || !/^\d{4}-/.test(text)) {
    throw invalid('cursor', 'cursor must be the next_cursor of the page before.');
  }
  return { startedAt, requestId };
}

/** UTC where the text names no zone. */
function instantOf(text: string, param: string): Date {
  const iso = text.length === DAY_LENGTH ? text : text.replace(' ', 'T');
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(iso.slice(DAY_LENGTH));
  const instant = new Date(iso.length === DAY_LENGTH || hasZone ? iso : `${iso}Z`);
  if (Number.isNaN(instant.getTime())) {
    throw invalid(param, `${param} must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS.`);
  }
  return instant;
}

function endOf(text: string): Date {
  const instant = instantOf(text, 'end_date').getTime();
  return new Date(text.length === DAY_LENGTH ? instant + DAY_MS : instant + 1_000);
}

function invalid(param: string, message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param });
}
