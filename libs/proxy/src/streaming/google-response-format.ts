import { isJsonObject, jsonObjectOf } from '#libs/common';
import { bodyReport, NOTHING } from './body-report.js';
import type { BodyReport, EventSigns, ResponseFormat, UsageReport } from './response-format.js';
import { dataOf, hasError, signPattern, signsIn } from './stream-event.js';

type Members = Readonly<Record<string, unknown>>;

const SIGNS = signPattern(['text', 'code', 'output'], 'finishReason', 'usageMetadata');
/** Part of a body that has searched. */
const SEARCHES = '"webSearchQueries"';
/** Models that are billed for a prompt with searches, and not for each search. */
const BILLED_BY_PROMPT = /^(?:models\/)?gemini-[12]\./;
/** Vertex's names of prices that differ from the standard ones. */
const TRAFFIC_TIERS: ReadonlyMap<unknown, string> = new Map([
  ['ON_DEMAND_PRIORITY', 'priority'],
  ['ON_DEMAND_FLEX', 'flex'],
]);
/** What stands around an element of an array. */
const ARRAY_SIGNS = /^[\s,[]+|[\s,\]]+$/g;

/**
 * Responses in the form of Google's Gemini API: `usageMetadata` beside `candidates`, in every event of a stream, of which the last
 * counts. A stream is of server-sent events or a JSON array. https://ai.google.dev/api/generate-content
 */
export class GoogleResponseFormat implements ResponseFormat {
  readonly hasArrays = true;
  readonly endsWith = 'finish';

  readBody(body: Buffer): BodyReport {
    return bodyReport(body, (response) => {
      const report = googleUsageOf({
        usageMetadata: response.value('usageMetadata'),
        modelVersion: response.value('modelVersion'),
        candidates: body.includes(SEARCHES) ? response.value('candidates') : null,
      });
      return { ...NOTHING, ...report, isError: response.has('error') };
    });
  }

  signsOf(json: string): EventSigns {
    return signsIn(json, SIGNS);
  }

  usageOfEvent(event: string): UsageReport | null {
    const data = dataIn(event);
    const report = data === null ? null : googleUsageOf(data);
    return report === null ? null : { ...report, isAlone: false };
  }

  /** Searches are listed in one of the events. */
  combined(earlier: UsageReport, later: UsageReport): UsageReport {
    const searches = Math.max(searchesOf(earlier.usage), searchesOf(later.usage));
    return searches === 0 ? later : { ...later, usage: withSearches(later.usage, searches) };
  }

  hasContent(event: string): boolean {
    const data = dataIn(event);
    return data !== null && !('error' in data);
  }

  isFailure(event: string): boolean {
    const data = event.includes('"error"') ? dataIn(event) : null;
    return data !== null && hasError(data);
  }

  /** Every event may hold a picture beside the usage. */
  mayBeLong(): boolean {
    return true;
  }

  /** A stream ends with its connection. */
  isDone(): boolean {
    return false;
  }
}

/** The data of an event, or an element of an array; `null` where it is not a JSON object. */
function dataIn(event: string): Members | null {
  const text = /^[\s,[]*\{/.test(event)
    ? Buffer.from(event, 'latin1').toString('utf8').replaceAll(ARRAY_SIGNS, '')
    : dataOf(event);
  return jsonObjectOf(text);
}

/**
 * Returns the usage of a response, with the searches that it is billed for; `null` where it has none.
 * @param response its members `usageMetadata`, `candidates` and `modelVersion` count
 */
export function googleUsageOf(
  response: Members,
): { readonly usage: object; readonly serviceTier: string | null } | null {
  const usage = response['usageMetadata'];
  if (!isJsonObject(usage)) return null;
  const searches = searchesIn(response);
  return {
    usage: searches === 0 ? usage : withSearches(usage, searches),
    serviceTier: tierOf(usage),
  };
}

function tierOf({ serviceTier: tier, trafficType }: Members): string | null {
  const traffic = TRAFFIC_TIERS.get(trafficType);
  if (traffic !== undefined) return traffic;
  return typeof tier === 'string' ? tier.toLowerCase() : null;
}

/** The searches that a response is billed for. */
function searchesIn({ candidates, modelVersion }: Members): number {
  if (!Array.isArray(candidates)) return 0;
  let queries = 0;
  for (const candidate of candidates.filter(isJsonObject)) {
    const grounding = candidate['groundingMetadata'];
    const listed = isJsonObject(grounding) ? grounding['webSearchQueries'] : null;
    if (Array.isArray(listed)) queries += listed.length;
  }
  return typeof modelVersion === 'string' && BILLED_BY_PROMPT.test(modelVersion)
    ? Math.min(queries, 1)
    : queries;
}

function withSearches(usage: object, searches: number): object {
  return { ...usage, webSearchRequests: searches };
}

function searchesOf(usage: object): number {
  const { webSearchRequests: count } = usage as Members;
  return typeof count === 'number' ? count : 0;
}
