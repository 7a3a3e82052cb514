import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { RequestClaimsService, type RequestClaim } from '#libs/objects';
import { CachedResponsesService } from './cached-responses.service.js';
import type { GroupEnding } from './group-ending.js';
import type { PlannedCall, ReservedCall } from '../planning/relay-call.js';
import { claimOf } from './request-claim.js';

const RETRY_SECONDS = 1;

/**
 * Lets earlier calls decide about later ones: a cached response serves the same request again, and a request with an
 * `Idempotency-Key` is charged once (docs/adr/0042-idempotency-keys.md).
 */
@Injectable()
export class EarlierCallsService {
  /**
   * @param cached responses that may be served again
   * @param claims requests that were sent before
   */
  constructor(
    private readonly cached: CachedResponsesService,
    private readonly claims: RequestClaimsService,
  ) {}

  /**
   * Claims the key of a call, before anything is held for it. {@link end} must follow.
   * @returns `null` for a call without one
   * @throws GatehouseError `idempotency_key_in_work`, `idempotency_key_used`, `idempotency_key_reused`, `request_invalid`,
   * `database_unavailable`
   */
  begin(planned: PlannedCall): Promise<void> | null {
    const claim = claimOf(planned);
    return claim === null ? null : this.claim(claim, planned);
  }

  /**
   * Serves a call without an upstream. A buffered response is returned and not yet sent.
   * @returns `null` where an upstream has to serve it
   * @throws GatehouseError `spend_journal_unavailable`, `shutting_down`
   */
  serve(call: ReservedCall): Promise<GroupEnding | null> | null {
    const served = this.cached.serve(call);
    return call.progress.isRepeat ? orRefused(served) : served;
  }

  /**
   * Keeps the response of a call that has ended.
   * @returns what ends when it is there for the repeat of a call with a key; `null` for any other call, which does not wait
   */
  keep(planned: PlannedCall): Promise<void> | null {
    const kept = this.cached.keep(planned);
    return planned.progress.claim === null ? null : kept;
  }

  /**
   * Notes that a call has ended: one that was charged is not made again. The key of any other is free, so that a client may repeat what has
   * failed. Idempotent.
   * @returns `null` for a call without a key
   */
  end({ progress }: PlannedCall): Promise<void> | null {
    const { claim } = progress;
    progress.claim = null;
    if (claim === null) return null;
    return progress.isCharged ? this.claims.end(claim) : this.claims.release(claim);
  }

  private async claim(claim: RequestClaim, { progress, cacheUse }: PlannedCall): Promise<void> {
    const result = await this.claims.claim(claim);
    switch (result) {
      case 'claimed':
        progress.claim = claim;
        return;
      case 'in-work':
        throw new GatehouseError('idempotency_key_in_work', { retryAfterSeconds: RETRY_SECONDS });
      case 'other-request':
        throw new GatehouseError('idempotency_key_reused');
      case 'ended':
        if (cacheUse?.terms.mayRead !== true) throw used();
        progress.isRepeat = true;
    }
  }
}

async function orRefused(served: Promise<GroupEnding | null> | null): Promise<GroupEnding> {
  return (await served) ?? { kind: 'failed', error: used() };
}

/** OpenAI's and Anthropic's clients repeat a 409 otherwise. */
function used(): GatehouseError {
  return new GatehouseError('idempotency_key_used', { headers: { 'x-should-retry': 'false' } });
}
