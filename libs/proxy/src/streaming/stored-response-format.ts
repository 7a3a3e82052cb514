import { isLastResponseEvent } from './responses-format.js';
import { isDoneEvent } from './stream-event.js';
import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';

const NO_SIGNS: EventSigns = { textBytes: 0, isFinish: false, mayHoldUsage: false };

/** Responses of OpenAI's Responses API that were made by an earlier call, which has paid for them: no count is read. */
export class StoredResponseFormat implements ResponseFormat {
  readBody(): BodyReport {
    return { usage: null, serviceTier: null, isError: false };
  }

  signsOf(): EventSigns {
    return NO_SIGNS;
  }

  usageOfEvent(): UsageReport | null {
    return null;
  }

  hasContent(): boolean {
    return true;
  }

  isDone(event: string): boolean {
    return isLastResponseEvent(event) || isDoneEvent(event);
  }

  mayBeLong(head: string): boolean {
    return isLastResponseEvent(head);
  }
}
