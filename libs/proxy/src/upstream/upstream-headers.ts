/** Headers of a request to an upstream, names in lower case. */
export type UpstreamHeaders = Readonly<Record<string, string>>;

/** Nothing of a client goes upstream. */
export const NO_HEADERS: UpstreamHeaders = {};

const VISIBLE = /^[\x20-\x7e]{1,1024}$/;

/** Tells whether a value can stand in a header that is passed on: visible ASCII, at most 1,024 characters. */
export function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && VISIBLE.test(value);
}
