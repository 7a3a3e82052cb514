import { isLastResponseEvent } from './responses-format.js';
import { isDoneEvent } from './stream-event.js';
import type { BodyReport } from './response-format.js';
import { UnbilledResponseFormat } from './unbilled-response-format.js';

/** Responses of OpenAI's Responses API that were made by an earlier call, which has paid for them: no count is read. */
export class StoredResponseFormat extends UnbilledResponseFormat {
  readonly events = 'numbered';

  /** One that has failed has a member `error`, and is shown all the same. */
  override readBody(): BodyReport {
    return { usage: null, serviceTier: null, isError: false };
  }

  override isDone(event: string): boolean {
    return isLastResponseEvent(event) || isDoneEvent(event);
  }

  mayBeLong(head: string): boolean {
    return isLastResponseEvent(head);
  }
}
