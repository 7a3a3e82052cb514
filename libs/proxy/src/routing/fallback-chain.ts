import type { FallbackEntry, FallbackSettings } from '#libs/config';
import type { ModelGroup } from './model-registry.js';

/** Which fallbacks serve a failure. */
export type FallbackKind = 'general' | 'contextWindow' | 'contentPolicy';

/** The fallbacks of one call. */
export interface CallFallbacks extends FallbackSettings {
  /** Those that the request names, in place of all others of its own group; `null` where it names none. */
  readonly requested: readonly string[] | null;
}

/** The entry of every model that has none of its own. */
const EVERY_MODEL = '*';

/** The names by which a group stands in the configuration, and what tells it from others. */
type ChainedGroup = Pick<ModelGroup, 'key' | 'name' | 'grantedAs' | 'configuredAs'>;

/**
 * The fallbacks of one call, in the order in which they are tried: those of the group that failed last, before those that are
 * left of groups before it. Each group is tried once, so that a ring of fallbacks ends.
 */
export class FallbackChain {
  private readonly tried: Set<string>;
  private pending: readonly string[] = [];

  /** @param first the group that the call asks for */
  constructor(
    private readonly fallbacks: CallFallbacks,
    private readonly first: ChainedGroup,
  ) {
    this.tried = new Set([first.key]);
  }

  /** Notes that a group did not serve the call. */
  failed(group: ChainedGroup, kind: FallbackKind): void {
    const { requested } = this.fallbacks;
    const own = group.key === this.first.key ? requested : null;
    this.pending = [...(own ?? fallbacksOf(this.fallbacks[kind], group)), ...this.pending];
  }

  /**
   * Returns the name of the next model; `null` when none is left.
   * @param tried how many were tried after the first
   */
  next(tried: number): string | null {
    if (tried >= this.fallbacks.most) return null;
    const [target, ...others] = this.pending;
    this.pending = others;
    return target ?? null;
  }

  /** Returns false for a group that was tried before. */
  enter({ key }: ChainedGroup): boolean {
    if (this.tried.has(key)) return false;
    this.tried.add(key);
    return true;
  }
}

/** Returns the fallbacks of a group: by the requested name, its own, as it is configured, else those of every model. */
function fallbacksOf(
  entries: readonly FallbackEntry[],
  { grantedAs, name, configuredAs }: ChainedGroup,
): readonly string[] {
  for (const model of [grantedAs, name, configuredAs, EVERY_MODEL]) {
    const entry = entries.find((one) => one.model === model);
    if (entry !== undefined) return entry.fallbacks;
  }
  return [];
}
