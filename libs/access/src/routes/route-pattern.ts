import { canonicalPath, spellingsOf, type RequestedRoute } from './route-path.js';

/** One segment of a pattern; `null` is `{x}`, any one segment. */
type SegmentPattern = string | null;

/** What a pattern allows behind its fixed segments. */
type Tail =
  | { readonly kind: 'end' }
  /** `{x:path}` with the literal text that must follow it, for example `:generateContent`. */
  | { readonly kind: 'rest'; readonly suffix: string }
  /** Trailing `/*`: everything below, not the prefix itself. */
  | { readonly kind: 'below' };

const METHOD_PREFIX = /^(GET|POST|PUT|PATCH|DELETE|OPTIONS) (?=\/)/;
const PARAMETER = /^\{[A-Za-z0-9_]+\}$/;
const REST_PARAMETER = /^\{[A-Za-z0-9_]+:path\}/;

/**
 * One entry of a list of routes.
 *
 * Forms: a literal path; `{x}` for one segment; `{x:path}` in the last place for one or more
 * segments, optionally with a literal suffix; a trailing `/*` for everything below; a bare `*` for
 * everything. A method and a space in front restrict the entry to that method. Braces in any other
 * place are literal. Matching walks the segments once and never backtracks, so its cost is linear in
 * the path for every pattern (threat A13).
 */
export class RoutePattern {
  private readonly method: string | null;
  private readonly segments: readonly SegmentPattern[];
  private readonly tail: Tail;

  /** @param text the entry as it stands in the list */
  constructor(text: string) {
    const method = METHOD_PREFIX.exec(text)?.[1] ?? null;
    const path = method === null ? text : text.slice(method.length + 1);
    this.method = method;
    const parsed = parse(path === '*' ? '/*' : path);
    this.segments = parsed.segments;
    this.tail = parsed.tail;
  }

  /** The canonical path when the entry is a plain literal for every method, else `null`. */
  get literal(): string | null {
    if (this.method !== null || this.tail.kind !== 'end' || this.segments.includes(null))
      return null;
    return `/${this.segments.join('/')}`;
  }

  /**
   * Tells whether the entry covers a route.
   * @param route the requested route in canonical form
   */
  matches(route: RequestedRoute): boolean {
    if (this.method !== null && this.method !== route.method) return false;
    if (this.tail.kind !== 'below' || this.isPassThrough) return this.matchesPath(route.path);
    return spellingsOf(route.path).some((spelling) => this.matchesPath(spelling));
  }

  /**
   * `/openai/*` grants another provider's own API below that prefix. Compared with every spelling it would grant
   * `/chat/completions` and `/responses` as well, because two of their aliases happen to start so.
   */
  private get isPassThrough(): boolean {
    return this.segments.length === 1 && this.segments[0] === 'openai';
  }

  private matchesPath(path: string): boolean {
    const given = path === '/' ? [] : path.slice(1).split('/');
    if (!this.segments.every((segment, index) => matchesSegment(segment, given[index])))
      return false;
    const behind = given.length - this.segments.length;
    if (this.tail.kind === 'end') return behind === 0;
    if (this.tail.kind === 'below') return behind > 0;
    const rest = given.slice(this.segments.length).join('/');
    return rest.length > this.tail.suffix.length && rest.endsWith(this.tail.suffix);
  }
}

function matchesSegment(pattern: SegmentPattern, given: string | undefined): boolean {
  return given !== undefined && (pattern === null || pattern === given);
}

function parse(path: string): { segments: readonly SegmentPattern[]; tail: Tail } {
  if (path.endsWith('/*')) {
    return { segments: parseSegments(path.slice(0, -2)), tail: { kind: 'below' } };
  }
  const canonical = canonicalPath(path);
  const last = canonical.slice(canonical.lastIndexOf('/') + 1);
  const rest = REST_PARAMETER.exec(last);
  if (rest === null) return { segments: parseSegments(canonical), tail: { kind: 'end' } };
  return {
    segments: parseSegments(canonical.slice(0, canonical.length - last.length - 1)),
    tail: { kind: 'rest', suffix: last.slice(rest[0].length) },
  };
}

function parseSegments(path: string): readonly SegmentPattern[] {
  if (path === '' || path === '/') return [];
  return path
    .slice(1)
    .split('/')
    .map((segment) => (PARAMETER.test(segment) ? null : segment));
}

/**
 * Returns the pattern of a handler's path.
 * @param template in the notation of a Nest router: `:name` for one segment, `*name` for the rest, also with a literal text behind it
 */
export function handlerPattern(template: string): RoutePattern {
  const text = template
    .replace(/\/\*\w+$/, '/*')
    .replaceAll(/(\\?):(\w+)/g, (_found, escape: string, name: string) =>
      escape === '' ? `{${name}}` : `:${name}`,
    )
    .replace(/\*(\w+)(?=:)/, '{$1:path}');
  return new RoutePattern(text);
}
