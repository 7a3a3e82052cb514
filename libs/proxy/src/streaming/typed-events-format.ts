import { addedUsage } from './added-usage.js';
import { eventType } from './event-types.js';
import { OpenaiResponseFormat, type FormatVariant } from './openai-response-format.js';
import type { EventSigns, UsageReport } from './response-format.js';

/** The events of an operation whose streams have typed events and no `[DONE]`. */
interface TypedEvents extends FormatVariant {
  /** Type of the event that ends an output and holds its usage. */
  readonly lastType: string;
  /** True when a stream has one output, so that nothing follows its last event; false when the usage of each output counts. */
  readonly isSingle: boolean;
}

/** Responses whose streams end with an event of its own type, which holds the usage and may hold the whole output. */
export class TypedEventsFormat extends OpenaiResponseFormat {
  readonly events = 'typed';

  constructor(private readonly described: TypedEvents) {
    super({ ...described, ...(described.isSingle ? { endsWith: 'done' } : {}) });
  }

  override signsOf(json: string): EventSigns {
    const signs = super.signsOf(json);
    return { ...signs, isFinish: signs.mayHoldUsage };
  }

  override usageOfEvent(event: string): UsageReport | null {
    const report = super.usageOfEvent(event);
    return report === null || this.described.isSingle ? report : { ...report, items: 1 };
  }

  /** Returns the usage of all outputs until now. */
  combined(earlier: UsageReport, later: UsageReport): UsageReport {
    return this.described.isSingle
      ? later
      : { ...later, usage: addedUsage(earlier.usage, later.usage) };
  }

  override isDone(event: string): boolean {
    return super.isDone(event) || (this.described.isSingle && this.mayBeLong(event));
  }

  /** Returns true for the last event of an output. */
  mayBeLong(head: string): boolean {
    return eventType(head) === this.described.lastType;
  }
}
