import { scanJsonObject, type JsonObjectScan } from '#libs/common';
import { eachString, type JsonString } from '../../streaming/json-strings.js';
import { memberName, requireClearNames } from './google-names.js';
import { foldedName } from '../request/request-parameters.js';
import { hasType, invalidParameter } from '../request/request-values.js';

const URI = /^(?:fileUri|file_uri)$/;
/** Stores of documents of the account: of File Search, and of Vertex AI. */
const STORE = /^(?:filesearchstorenames|vertexragstore|vertexaisearch)$/;
/** A longer address is none of Google's own files. */
const MAX_URI_BYTES = 4_096;
/** Addresses of Google's APIs, without those of buckets, which have rights of their own. */
const OF_API =
  /^https?:\/\/(?!storage\.googleapis\.com[/?#])[^/?#]*googleapis\.com\.?(?:[:/?#]|$)/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Refuses a request that uses what Google keeps for the account of the gateway, files and cached contents, because another caller may
 * have stored it.
 * @throws GatehouseError `request_invalid` with the member as `param`
 */
export function requireOwnFiles(scan: JsonObjectScan): void {
  const cached = memberName(scan, 'cachedContent');
  if (scan.has(cached) && scan.value(cached) !== null)
    throw invalidParameter(
      cached,
      `"${cached}" is not served: what Google keeps may belong to another caller.`,
    );
  requireNoStores(scan);
  requireOwnWithin(scan);
  for (const name of ['contents', memberName(scan, 'systemInstruction')]) {
    const member = scan.members.get(name);
    if (member === undefined) continue;
    let isUri = false;
    eachString(scan.bytes, { start: member.valueStart, end: member.end }, (one) => {
      if (one.valueByte !== null) isUri = URI.test(one.text ?? '');
      else if (isUri && isKept(textOf(scan, one)))
        throw invalidParameter(
          `${name}[].parts[].fileData.fileUri`,
          'Files that Google keeps are not served: they may belong to another caller. Send the data as "inlineData", or a public address.',
        );
    });
  }
}

/** A name alone would give access to the store. */
function requireNoStores(scan: JsonObjectScan): void {
  const { valueStart: start = 0, end = 0 } = scan.members.get('tools') ?? {};
  eachString(scan.bytes, { start, end }, ({ text, valueByte }) => {
    if (valueByte === null || text === null) return;
    if (STORE.test(foldedName(text).replaceAll('_', '')))
      throw invalidParameter(
        `tools[].${text}`,
        `"${text}" is not served: what Google keeps may belong to another caller.`,
      );
  });
}

/** A request to count the tokens of another request, which stands in it whole. */
function requireOwnWithin(scan: JsonObjectScan): void {
  const name = memberName(scan, 'generateContentRequest');
  const member = scan.members.get(name);
  if (member === undefined || !hasType(scan, name, ['object'])) return;
  const within = scanJsonObject(scan.bytes.subarray(member.valueStart, member.end));
  requireClearNames(within, `${name}.`);
  requireOwnFiles(within);
}

function isKept(uri: string): boolean {
  return uri !== '' && (!SCHEME.test(uri) || OF_API.test(uri));
}

function textOf({ bytes }: JsonObjectScan, { start, length, text }: JsonString): string {
  if (text !== null || length > MAX_URI_BYTES) return text ?? '';
  try {
    return JSON.parse(bytes.toString('utf8', start - 1, start + length + 1)) as string;
  } catch {
    return '';
  }
}
