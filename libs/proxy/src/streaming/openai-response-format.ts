import { scanJsonObject, type JsonObjectScan } from '#libs/common';
import { reportedTokens } from '#libs/spend';
import { NOTHING } from './body-report.js';
import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';
import {
  carriesContent,
  isDoneEvent,
  isErrorEvent,
  isErrorReport,
  serviceTierOf,
  signPattern,
  signsIn,
  usageOfEvent,
} from './stream-event.js';
import { usageIn } from './usage-places.js';

/** A larger body is not parsed whole where its `usage` says enough: text of a megabyte would stop all other calls. */
const MAX_PARSED_BYTES = 16_384;
/** Members of which a body has one where it reports a usage or an error. */
const SIGNS = ['"usage"', '"error"', '"billed_units"'] as const;
const NULL = Buffer.from('null');

/**
 * Reads a response by its top-level members alone.
 * @returns `null` when the rest of it is needed too: without a usage in OpenAI's place, or with an error
 */
function reportOfMembers(body: Buffer): BodyReport | null {
  try {
    const scan = scanJsonObject(body);
    if (scan.has('error') && !isNullMember(scan, 'error')) return null;
    const usage = scan.value('usage');
    const tier = scan.value('service_tier');
    return typeof usage === 'object' && usage !== null && reportedTokens(usage) !== null
      ? { usage, serviceTier: typeof tier === 'string' ? tier : null, isError: false }
      : null;
  } catch {
    return null;
  }
}

function isNullMember(scan: JsonObjectScan, name: string): boolean {
  const { valueStart = 0, end = 0 } = scan.members.get(name) ?? {};
  return scan.bytes.subarray(valueStart, end).equals(NULL);
}

/** In what the responses of an operation differ from those of chats. */
export interface FormatVariant {
  /** Names of members whose string is output of the model. */
  readonly textMembers: readonly string[];
  /** Adds to a usage object what the operation leaves out. */
  readonly completed?: (usage: Usage) => Usage;
  /** What a whole stream ends with; left out where nothing tells. */
  readonly endsWith?: 'done' | 'finish';
  /** Counts the outputs of a buffered response that are billed by number. */
  readonly itemsOf?: (body: Buffer) => number | null;
}

type Usage = Readonly<Record<string, unknown>>;

/** Responses in OpenAI's format: `usage` beside `choices` or `data`, streams that end with `data: [DONE]`. */
export class OpenaiResponseFormat implements ResponseFormat {
  readonly endsWith: 'done' | 'finish' | null;
  private readonly signs: RegExp;

  constructor(private readonly variant: FormatVariant) {
    this.endsWith = variant.endsWith ?? null;
    this.signs = signPattern(variant.textMembers);
  }

  readBody(body: Buffer): BodyReport {
    const report = body.length > MAX_PARSED_BYTES ? reportOfMembers(body) : null;
    return this.completed(report ?? this.reportOfWhole(body), body);
  }

  private completed(report: BodyReport, body: Buffer): BodyReport {
    const { itemsOf } = this.variant;
    const items = itemsOf === undefined || report.isError ? null : itemsOf(body);
    const usage = report.usage === null ? null : this.completedUsage(report.usage);
    return { ...report, usage, ...(items === null ? {} : { items }) };
  }

  /** Returns a usage object with what the operation leaves out. */
  protected completedUsage(usage: object): object {
    return this.variant.completed?.(usage as Usage) ?? usage;
  }

  private reportOfWhole(body: Buffer): BodyReport {
    if (!SIGNS.some((sign) => body.includes(sign))) return NOTHING;
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
    const report = usageOfEvent(event);
    return report === null ? null : { ...report, usage: this.completedUsage(report.usage) };
  }

  hasContent(event: string): boolean {
    return carriesContent(event, this.signs);
  }

  isFailure(event: string): boolean {
    return isErrorEvent(event);
  }

  isDone(event: string): boolean {
    return isDoneEvent(event);
  }
}
