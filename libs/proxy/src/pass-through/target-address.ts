import type { PassThroughTarget } from '#libs/config';

const VERSION = /^v\d[a-z0-9]*$/;
/** Visible ASCII of a path, without what begins or ends a part of an address and without percent-encoding. */
const SEGMENT = /^[\x21\x22\x24\x26-\x2e\x30-\x3a\x3c-\x3e\x40-\x5b\x5d-\x7e]+$/;

/** Scheme, host and port of a request, and its path. */
export interface TargetAddress {
  readonly origin: string;
  readonly path: string;
}

/**
 * Returns where a call goes at a target. A version that ends the address of the target and begins the path below it, as in
 * `https://api.openai.com/v1` and `/v1/files`, is one.
 * @param below the path below that of the target, canonical; empty for the target itself
 * @returns `null` when the path could leave the target
 */
export function targetAddress(
  { address }: Pick<PassThroughTarget, 'address'>,
  below: string,
): TargetAddress | null {
  const base = new URL(address);
  const segments = below === '' ? [] : below.slice(1).split('/');
  if (segments.some((segment) => !isPlain(segment))) return null;
  const root = base.pathname.replace(/\/+$/, '');
  const [first] = segments;
  const isRepeated = first !== undefined && VERSION.test(first) && root.endsWith(`/${first}`);
  const rest = (isRepeated ? segments.slice(1) : segments).map((segment) => `/${segment}`).join('');
  const url = new URL(base);
  url.pathname = `${root}${rest}`;
  const isBelow =
    url.pathname === (root === '' ? '/' : root) || url.pathname.startsWith(`${root}/`);
  return url.origin === base.origin && isBelow ? { origin: url.origin, path: url.pathname } : null;
}

function isPlain(segment: string): boolean {
  return SEGMENT.test(segment) && segment !== '.' && segment !== '..';
}
