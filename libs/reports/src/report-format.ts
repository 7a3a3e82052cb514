import { EmptyTextIs } from '#libs/access';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

/** The formats of a report that is sent as a file, by the media types that `Accept` may name. */
const FILE_TYPES: ReadonlyMap<string, ReportFormat> = new Map([
  ['text/csv', 'csv'],
  ['application/jsonl', 'jsonl'],
  ['application/x-ndjson', 'jsonl'],
]);
const FORMATS = ['json', 'csv', 'jsonl'] as const;

/** How a report is sent: as the JSON of its route, or as a file. */
export type ReportFormat = (typeof FORMATS)[number];

/** Optional member that says how a report is sent. */
export const FormatMember = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      enum: FORMATS,
      description:
        'csv and jsonl are the whole report as a file. Left out: what the header Accept prefers, else json.',
    }),
    IsOptional(),
    EmptyTextIs('absent'),
    IsIn(FORMATS),
  );

/** What a request says about the format of its response. */
export interface FormatSource {
  readonly query: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** The media type that `Accept` prefers; false for none of them. */
  readonly accepts: (types: string[]) => unknown;
}

/** Query of a report that has no other parameters. */
export class ReportFormatRequest {
  @FormatMember()
  format?: ReportFormat;
}

/** Returns the format that a request asks for, by `format` in its query or its body, else by `Accept`. */
export function formatOf(request: FormatSource): ReportFormat {
  const body = (request.body ?? {}) as ReportFormatRequest;
  const stated = [request.query['format'], body.format].find((value) => isFormat(value));
  if (isFormat(stated)) return stated;
  const preferred = request.accepts(['application/json', ...FILE_TYPES.keys()]);
  return FILE_TYPES.get(String(preferred)) ?? 'json';
}

function isFormat(value: unknown): value is ReportFormat {
  return FORMATS.some((format) => format === value);
}
