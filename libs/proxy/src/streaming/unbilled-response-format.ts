import { scanJsonObject } from '#libs/common';
import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';

const NO_SIGNS: EventSigns = { textBytes: 0, isFinish: false, mayHoldUsage: false };

/** Responses of an operation that is not billed: no count in them is its usage. Never a stream. */
export class UnbilledResponseFormat implements ResponseFormat {
  readBody(body: Buffer): BodyReport {
    return { usage: null, serviceTier: null, isError: hasError(body) };
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

  isFailure(_event: string): boolean {
    return false;
  }

  isDone(_event: string): boolean {
    return false;
  }
}

function hasError(body: Buffer): boolean {
  try {
    return scanJsonObject(body).has('error');
  } catch {
    return false;
  }
}
