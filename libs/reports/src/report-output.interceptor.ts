import {
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import { jsonStream } from '#libs/spend';
import { formatOf, type FormatSource } from './report-format.js';
import { JsonParts, Report } from './report.js';
import { fileOf } from './table-export.js';

/** Sends each {@link Report} that a handler returns in the format that its request asks for. */
@Injectable()
export class ReportOutput implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FormatSource>();
    return next.handle().pipe(
      mergeMap(async (result) => {
        if (!(result instanceof Report)) return result;
        http.getResponse<{ vary: (name: string) => void }>().vary('Accept');
        const format = formatOf(request);
        return format === 'json' ? jsonOf(await result.json()) : fileOf(result.file, format);
      }),
    );
  }
}

function jsonOf(value: unknown): unknown {
  if (!(value instanceof JsonParts)) return value;
  const type = 'application/json; charset=utf-8';
  return new StreamableFile(jsonStream(value.parts), { type });
}
