import { EmptyTextIs } from '#libs/access';
import { DAY_MS, GatehouseError } from '#libs/common';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, Matches } from 'class-validator';
import { ReportFormatRequest } from './report-format.js';

/** Of years that the database knows; a time behind the day is left out. */
const DAY = /^[12]\d{3}-\d{2}-\d{2}(?:[T ].{0,30})?$/;
const DAY_LENGTH = 10;
const DAY_MESSAGE = '$property must be a day, YYYY-MM-DD';
const MAX_LISTED = 1_000;
const MINUTE_MS = 60_000;
const DEFAULT_DAYS = 30;
/** LiteLLM's limit, too. */
const MAX_DAYS = 400;

/** An optional day; a time behind it is ignored. */
export function IsDay(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    EmptyTextIs('absent'),
    Matches(DAY, { message: DAY_MESSAGE }),
    IsISO8601({ strict: true }, { message: DAY_MESSAGE }),
  );
}

/** The days of a report. */
export class ReportDaysRequest extends ReportFormatRequest {
  @ApiPropertyOptional({ type: String, description: 'First day, UTC.', example: '2026-11-01' })
  @IsDay()
  start_date?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Last day, UTC, included.',
    example: '2026-11-30',
  })
  @IsDay()
  end_date?: string;
}

/** First and last day, both included. */
export interface ReportDays {
  readonly from: string;
  readonly to: string;
}

/**
 * The days that a request names; by default the last 30 days up to the last one, which by default is today.
 * @throws GatehouseError `request_invalid` when they are in the wrong order, or more than 400
 */
export function daysOf({ start_date, end_date }: ReportDaysRequest, now: Date): ReportDays {
  const to = (end_date ?? now.toISOString()).slice(0, DAY_LENGTH);
  const from = (start_date ?? daysBefore(to, DEFAULT_DAYS - 1)).slice(0, DAY_LENGTH);
  if (from > to) {
    throw new GatehouseError('request_invalid', {
      message: 'start_date lies behind end_date.',
      param: 'start_date',
    });
  }
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days > MAX_DAYS) {
    throw new GatehouseError('request_invalid', {
      message: `The report has ${String(days)} days. Ask for at most ${String(MAX_DAYS)} at once.`,
      param: 'start_date',
    });
  }
  return { from, to };
}

/**
 * Returns days that end with the present one of UTC where they end with the caller's own, which is a day behind in zones west of
 * UTC: the calls of the caller's evening are booked there.
 * @param offsetMinutes by which UTC is ahead of the caller
 */
export function throughNow(days: ReportDays, offsetMinutes: number, now: Date): ReportDays {
  const local = new Date(now.getTime() - offsetMinutes * MINUTE_MS);
  const [today, own] = [now, local].map((at) => at.toISOString().slice(0, DAY_LENGTH));
  return today !== undefined && days.to === own && own < today ? { ...days, to: today } : days;
}

/**
 * {@link daysOf} where both days must be named.
 * @throws GatehouseError `request_invalid`
 */
export function requiredDaysOf(request: ReportDaysRequest, now: Date): ReportDays {
  for (const param of ['start_date', 'end_date'] as const) {
    if (request[param] === undefined) {
      throw new GatehouseError('request_invalid', {
        message: 'start_date and end_date are required.',
        param,
      });
    }
  }
  return daysOf(request, now);
}

/**
 * The names in a list with commas between them.
 * @returns `undefined` for an absent list
 * @throws GatehouseError `request_invalid` for more than 1,000
 */
export function listOf(text: string | undefined, param: string): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > MAX_LISTED) {
    throw new GatehouseError('request_invalid', {
      message: `At most ${String(MAX_LISTED)} names are accepted.`,
      param,
    });
  }
  return names;
}

function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, DAY_LENGTH);
}
