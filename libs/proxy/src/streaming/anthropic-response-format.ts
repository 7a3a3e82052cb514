import { isJsonObject } from '#libs/common';
import { mergedPriceClass } from '#libs/spend';
import { bodyReport, NOTHING } from './body-report.js';
import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';
import { messageUsageOf } from './anthropic-usage.js';
import { dataOf, isErrorEvent, jsonDataOf, signPattern, signsIn } from './stream-event.js';

/** Members whose string is output of the model. */
const TEXT_MEMBERS = ['text', 'thinking', 'partial_json'] as const;
const SIGNS = signPattern(TEXT_MEMBERS, 'stop_reason');
/** Events that hold nothing of the message. */
const EMPTY_TYPES: ReadonlySet<unknown> = new Set(['ping', 'error', 'message_stop']);
const STOP = 'message_stop';

/**
 * Responses in the form of Anthropic's Messages API: `usage` beside `content`; streams whose usage is spread over `message_start`
 * and `message_delta`, and which end with `message_stop`. https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class AnthropicResponseFormat implements ResponseFormat {
  readonly endsWith = 'done';

  readBody(body: Buffer): BodyReport {
    return bodyReport(body, (response) => {
      const usage = response.value('usage');
      const isError = response.value('type') === 'error' || response.has('error');
      return { ...NOTHING, ...(isJsonObject(usage) ? messageUsageOf(usage) : null), isError };
    });
  }

  signsOf(json: string): EventSigns {
    return signsIn(json, SIGNS);
  }

  usageOfEvent(event: string): UsageReport | null {
    const data = jsonDataOf(event);
    const message = data?.['message'];
    const usage = data?.['usage'] ?? (isJsonObject(message) ? message['usage'] : null);
    return isJsonObject(usage) ? { ...messageUsageOf(usage), isAlone: false } : null;
  }

  /** What an event does not repeat stays as `message_start` has it. */
  combined(earlier: UsageReport, later: UsageReport): UsageReport {
    const known = Object.entries(later.usage).filter(([, value]) => value !== null);
    return {
      usage: { ...earlier.usage, ...Object.fromEntries(known) },
      serviceTier: mergedPriceClass(later.serviceTier, earlier.serviceTier),
      isAlone: false,
    };
  }

  hasContent(event: string): boolean {
    const data = dataOf(event).trim();
    return data !== '' && !EMPTY_TYPES.has(jsonDataOf(event)?.['type']);
  }

  isFailure(event: string): boolean {
    return isErrorEvent(event);
  }

  isDone(event: string): boolean {
    return event.includes(STOP) && jsonDataOf(event)?.['type'] === STOP;
  }
}
