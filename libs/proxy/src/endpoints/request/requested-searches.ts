import { isJsonObject, type JsonObjectScan } from '#libs/common';
import type { UsageDetails } from '#libs/spend';
import { eachString } from '../../streaming/json-strings.js';

/** Most searches of a call that sets no limit: research models reach about 30. */
const UNLIMITED_SEARCHES = 50;
/** OpenAI's and Azure's models that search do so once in a call. */
const SINGLE_SEARCH_PROVIDERS: ReadonlySet<string> = new Set(['openai', 'azure']);
/** xAI's default of `max_search_results`: https://docs.x.ai/docs/guides/live-search. */
const DEFAULT_SOURCES = 20;
/** Members that ask for searches: those of OpenAI, OpenRouter, Alibaba and compatible servers. */
const SEARCH_MEMBERS = ['web_search_options', 'web_search', 'plugins', 'enable_search'] as const;
/** First bytes of `false` and `null`. */
const OFF_BYTES: ReadonlySet<number> = new Set([0x66, 0x6e]);
/** Types of tools of the upstream that search or read pages. */
const SEARCHING_TYPE = /search|browse|fetch/i;
/** Google's tools, which have a name and no type. */
const SEARCHING_TOOL = /^(?:google_?search(?:_?retrieval)?|url_?context)$/i;
/** Models that search without being asked. */
const SEARCHING_MODEL = /search|sonar|:online$|compound|deep-research/i;
/** Longer lists of tools are not parsed: that would hold up every other call of the process. */
const MAX_PARSED_BYTES = 262_144;

/** Returns the most searches that a request asks for; 0 for none, `Infinity` where it sets no limit. */
export function requestedSearches(scan: JsonObjectScan): number {
  if (SEARCH_MEMBERS.some((name) => isOn(scan, name))) return Infinity;
  return Math.max(requestedSources(scan), searchesOfTools(scan));
}

/**
 * Returns the most searches that a deployment may bill for a call.
 * @param requested the result of {@link requestedSearches}
 */
export function searchesAt(
  { provider, upstreamModel }: { readonly provider: string; readonly upstreamModel: string },
  requested: number,
): number {
  if (requested === 0 && !SEARCHING_MODEL.test(upstreamModel)) return 0;
  if (requested > 0 && Number.isFinite(requested)) return requested;
  return SINGLE_SEARCH_PROVIDERS.has(provider) ? 1 : UNLIMITED_SEARCHES;
}

/**
 * Returns the search that a deployment bills for a call without counting it in the usage: OpenAI's models that search do so once
 * in each call, at a price by the size of the context; `null` for none.
 * https://platform.openai.com/docs/guides/tools-web-search
 */
export function uncountedSearch(
  { provider, upstreamModel }: { readonly provider: string; readonly upstreamModel: string },
  scan: JsonObjectScan,
): UsageDetails | null {
  if (!SINGLE_SEARCH_PROVIDERS.has(provider)) return null;
  if (!SEARCHING_MODEL.test(upstreamModel) && !isOn(scan, 'web_search_options')) return null;
  const options = parsed(scan, 'web_search_options');
  const size = isJsonObject(options) ? options['search_context_size'] : undefined;
  if (size === 'low') return { searchLow: 1 };
  return size === 'high' ? { searchHigh: 1 } : { searchMedium: 1 };
}

function isOn(scan: JsonObjectScan, name: string): boolean {
  const member = scan.members.get(name);
  return member !== undefined && !OFF_BYTES.has(scan.bytes[member.valueStart] ?? 0);
}

/** xAI bills each source that a live search used. */
function requestedSources(scan: JsonObjectScan): number {
  if (!isOn(scan, 'search_parameters')) return 0;
  const parameters = parsed(scan, 'search_parameters');
  if (!isJsonObject(parameters)) return Infinity;
  return parameters['mode'] === 'off'
    ? 0
    : limitOf(parameters['max_search_results'], DEFAULT_SOURCES);
}

function searchesOfTools(scan: JsonObjectScan): number {
  const member = scan.members.get('tools');
  if (member === undefined) return 0;
  const signs: string[] = [];
  let name: string | null = null;
  eachString(scan.bytes, { start: member.valueStart, end: member.end }, ({ text, valueByte }) => {
    if (valueByte !== null) name = text;
    const pattern = valueByte === null && name === 'type' ? SEARCHING_TYPE : SEARCHING_TOOL;
    if (text !== null && pattern.test(text)) signs.push(text);
  });
  return signs.length === 0 ? 0 : usesOf(parsed(scan, 'tools'));
}

/** Anthropic's tools say how often they may be used. */
function usesOf(tools: unknown): number {
  if (!Array.isArray(tools)) return Infinity;
  let uses = 0;
  for (const tool of tools as readonly unknown[]) {
    const { type, max_uses: most } = isJsonObject(tool) ? tool : {};
    if (type !== 'function') uses += limitOf(most, Infinity);
  }
  return uses;
}

function limitOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value >= 1 ? Math.ceil(value) : otherwise;
}

/** A value that is too long, or no JSON, is not known. */
function parsed(scan: JsonObjectScan, name: string): unknown {
  const { valueStart = 0, end = 0 } = scan.members.get(name) ?? {};
  if (end - valueStart > MAX_PARSED_BYTES) return undefined;
  try {
    return scan.value(name);
  } catch {
    return undefined;
  }
}
