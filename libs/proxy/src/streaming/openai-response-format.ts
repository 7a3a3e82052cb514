import type { BodyReport, ResponseFormat, UsageReport } from './response-format.js';
import {
  carriesContent,
  isDoneEvent,
  isErrorReport,
  isFinishEvent,
  serviceTierOf,
  textBytesOf,
  usageOfEvent,
} from './stream-event.js';
import { usageIn } from './usage-places.js';

const NOTHING: BodyReport = { usage: null, serviceTier: null, isError: false };

/** Responses in OpenAI's format: `usage` beside `choices` or `data`, streams that end with `data: [DONE]`. */
export class OpenaiResponseFormat implements ResponseFormat {
  private readonly textNames: readonly string[];

  /** @param textMembers names of members whose string is output of the model */
  constructor(textMembers: readonly string[]) {
    this.textNames = textMembers.map((name) => `"${name}"`);
  }

  readBody(body: Buffer): BodyReport {
    if (!body.includes('"usage"') && !body.includes('"error"')) return NOTHING;
    try {
      const response: unknown = JSON.parse(body.toString('utf8'));
      return typeof response === 'object' && response !== null
        ? {
            usage: usageIn(response),
            serviceTier: serviceTierOf(response),
            isError: isErrorReport(response, this.textNames),
          }
        : NOTHING;
    } catch {
      return NOTHING;
    }
  }

  usageOfEvent(event: string): UsageReport | null {
    return usageOfEvent(event);
  }

  hasContent(event: string): boolean {
    return carriesContent(event, this.textNames);
  }

  isDone(event: string): boolean {
    return isDoneEvent(event);
  }

  isFinish(event: string): boolean {
    return isFinishEvent(event);
  }

  textBytes(json: string): number {
    return textBytesOf(json, this.textNames);
  }
}
