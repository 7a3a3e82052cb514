import { isJsonObject, type JsonObjectScan } from '#libs/common';
import type { UsageDetails } from '#libs/spend';
import { eachString } from '../../streaming/json-strings.js';

/** Most searches of a response that sets no limit. */
const UNLIMITED_SEARCHES = 50;
/** Tools that the upstream runs itself. What they find becomes input that no byte of the request measures. */
const HOSTED_TYPE =
  /^(?:web_search|file_search|code_interpreter|computer|mcp$|image_generation|shell|tool_search)/;
const SEARCH_PREFIX = 'web_search';
/** Longer lists of tools are not parsed: that would hold up every other call of the process. */
const MAX_PARSED_BYTES = 262_144;

/** Whether a request offers tools that the upstream runs itself. */
export function hasHostedTools(scan: JsonObjectScan): boolean {
  return hasToolOf(scan, HOSTED_TYPE);
}

/** Returns the most web searches that a response may be billed for, by the size of their context. */
export function searchBound(scan: JsonObjectScan): UsageDetails {
  if (!hasToolOf(scan, /^web_search/)) return {};
  const most = scan.value('max_tool_calls');
  return searchesOfSize(
    scan,
    typeof most === 'number' && most > 0 ? Math.ceil(most) : UNLIMITED_SEARCHES,
  );
}

/**
 * Returns a number of web searches in the unit in which they are billed.
 * @param count searches that a response holds
 */
export function searchesOfSize(scan: JsonObjectScan, count: number): UsageDetails {
  const size = contextSizeOf(scan);
  if (size === 'low') return { searchLow: count };
  return size === 'high' ? { searchHigh: count } : { searchMedium: count };
}

function hasToolOf(scan: JsonObjectScan, pattern: RegExp): boolean {
  const member = scan.members.get('tools');
  if (member === undefined) return false;
  let isFound = false;
  let name: string | null = null;
  eachString(scan.bytes, { start: member.valueStart, end: member.end }, ({ text, valueByte }) => {
    if (valueByte !== null) name = text;
    else if (name === 'type' && text !== null && pattern.test(text)) isFound = true;
  });
  return isFound;
}

function contextSizeOf(scan: JsonObjectScan): unknown {
  const { valueStart = 0, end = 0 } = scan.members.get('tools') ?? {};
  if (end - valueStart > MAX_PARSED_BYTES) return undefined;
  const tools = parsedTools(scan);
  const search = Array.isArray(tools)
    ? (tools as readonly unknown[])
        .filter(isJsonObject)
        .find(({ type }) => String(type).startsWith(SEARCH_PREFIX))
    : undefined;
  return search?.['search_context_size'];
}

function parsedTools(scan: JsonObjectScan): unknown {
  try {
    return scan.value('tools');
  } catch {
    // The upstream refuses it.
    return undefined;
  }
}
