const KEY_SEGMENT = /(?<=\/)sk-[^/]*/g;

/**
 * A path as traces and answers may show it: LiteLLM's clients put virtual keys into paths
 * (`/key/{key}/regenerate`), so a segment that begins like one is cut down to `sk-...`.
 * @param path a request's path
 */
export function shownPath(path: string): string {
  return path.replaceAll(KEY_SEGMENT, 'sk-...');
}
