import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';
import {
  carriesContent,
  isDoneEvent,
  isErrorReport,
  serviceTierOf,
  signPattern,
  signsIn,
  usageOfEvent,
} from './stream-event.js';
import { usageIn } from './usage-places.js';

const NOTHING: BodyReport = { usage: null, serviceTier: null, isError: false };

/** Responses in OpenAI's format: `usage` beside `choices` or `data`, streams that end with `data: [DONE]`. */
export class OpenaiResponseFormat implements ResponseFormat {
  private readonly signs: RegExp;

  /** @param textMembers names of members whose string is output of the model */
  constructor(textMembers: readonly string[]) {
    this.signs = signPattern(textMembers);
  }

  readBody(body: Buffer): BodyReport {
    if (!body.includes('"usage"') && !body.includes('"error"')) return NOTHING;
    try {
      const response: unknown = JSON.parse(body.toString('utf8'));
      return typeof response === 'object' && response !== null
        ? {
            usage: usageIn(response),
            serviceTier: serviceTierOf(response),
            isError: isErrorReport(response, this.signs),
          }
        : NOTHING;
    } catch {
      return NOTHING;
    }
  }

  signsOf(json: string): EventSigns {
    return signsIn(json, this.signs);
  }

  usageOfEvent(event: string): UsageReport | null {
    return usageOfEvent(event);
  }

  hasContent(event: string): boolean {
    return carriesContent(event, this.signs);
  }

  isDone(event: string): boolean {
    return isDoneEvent(event);
  }
}
