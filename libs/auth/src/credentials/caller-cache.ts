import { Injectable } from '@nestjs/common';
import type { DecisionStep, DecisionTrace, Principal } from '#libs/access';
import { Clock, Reads } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { LRUCache } from 'lru-cache';
import type { PresentedCredential } from './credential.resolver.js';
import { RecentDigests } from './recent-digests.js';

/** Who a credential identified, and everything that the answer was made from. */
interface KnownCaller {
  readonly principal: Principal;
  /** What the resolvers wrote into the trace. */
  readonly steps: readonly DecisionStep[];
  readonly reads: Reads;
}

const MAX_CALLERS = 20_000;
/** Bytes of tokens, which the claims of the entries grow with. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Remembers who a token or a virtual key identified, by its SHA-256, so that no secret is a key in memory. A use compares
 * everything that was read then: settings, the published keys, the times of the token, revocations, rows of keys and of
 * mappings. Nothing is remembered of a refusal, of the master key, of a credential that a provider was asked about, and
 * of one that is presented for the first time. See docs/adr/0027-repeated-decisions.md.
 */
@Injectable()
export class CallerCache {
  private readonly callers: () => LRUCache<string, KnownCaller>;
  private readonly presented = new RecentDigests();
  private readonly kept = new WeakSet<Principal>();

  /** @param settings every configuration has a memory of its own */
  constructor(
    settings: SettingsStore,
    private readonly clock: Clock,
  ) {
    this.callers = settings.derive(() => new LRUCache({ max: MAX_CALLERS, maxSize: MAX_BYTES }));
  }

  /**
   * Returns the caller of a credential, at once and from memory where nothing has changed that it depends on.
   * @param trace receives the same steps in both cases
   */
  identify(
    { token, digest }: Pick<PresentedCredential, 'token' | 'digest'>,
    trace: DecisionTrace,
    identify: () => Promise<Principal>,
  ): Principal | Promise<Principal> {
    const callers = this.callers();
    const known = callers.get(digest);
    if (known?.reads.areCurrent(this.clock.nowMs()) === true) {
      trace.steps.push(...known.steps);
      return known.principal;
    }
    if (!this.presented.isSecond(digest)) return identify();
    const keep = (caller: KnownCaller): void => {
      callers.set(digest, caller, { size: token.length });
      this.kept.add(caller.principal);
    };
    return this.identifyAnew(trace, identify, keep);
  }

  /** Tells whether a caller is remembered, so that it may be the caller of other calls too. */
  isKept(principal: Principal): boolean {
    return this.kept.has(principal);
  }

  private async identifyAnew(
    trace: DecisionTrace,
    identify: () => Promise<Principal>,
    keep: (caller: KnownCaller) => void,
  ): Promise<Principal> {
    const reads = new Reads(this.clock.nowMs());
    const first = trace.steps.length;
    const principal = await reads.during(identify);
    // The master key counts by where the call comes from, and the name leaves that out.
    if (principal.kind !== 'master_key' && reads.areCurrent(this.clock.nowMs())) {
      keep({ principal, steps: trace.steps.slice(first), reads });
    }
    return principal;
  }
}
