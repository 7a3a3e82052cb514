const KEY_SEGMENT = /(?<=\/)sk-[^/]*/g;

/**
 * A path as traces and answers may show it: LiteLLM's clients put virtual keys into paths
 * (`/key/{key}/regenerate`), so a segment that begins like one is cut down to `sk-...`.
 * @param path a request's path
 */
export function shownPath(path: string): string {
  return path.replaceAll(KEY_SEGMENT, 'sk-...');
}

const MAX_PATH_LENGTH = 200;
/** Longer than an id; tokens, keys and prompts are longer. */
const MAX_SEGMENT_LENGTH = 64;
const SECRET_SEGMENT = /^(?:sk-|eyJ)/;

/**
 * The path of a request target as a log line may hold it: without the query, and with every segment cut down that
 * can be a key, a token or a text (see {@link shownPath}), also where it is percent-encoded.
 * @param target request target as received
 */
export function loggedPath(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1);
  return path.split('/').map(loggedSegment).join('/').slice(0, MAX_PATH_LENGTH);
}

function loggedSegment(segment: string): string {
  const decoded = decodedSegment(segment);
  if (decoded === null || segment.length > MAX_SEGMENT_LENGTH) return '...';
  const secret = SECRET_SEGMENT.exec(decoded.trimStart());
  return secret === null ? segment : `${secret[0]}...`;
}

function decodedSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
