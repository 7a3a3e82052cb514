import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, Turns, within } from '#libs/common';
import { Database } from '#libs/database';

/** A request, and the key by which its caller knows it again. */
export interface RequestClaim {
  /** SHA-256 of caller and key. */
  readonly keyDigest: Buffer;
  /** SHA-256 of the request. */
  readonly requestDigest: Buffer;
  /** Id of the call. */
  readonly requestId: string;
}

/** What is known of a key: this call has claimed it, or an earlier call with the same request or another one has. */
export type ClaimResult = 'claimed' | 'in-work' | 'ended' | 'other-request';

interface EarlierRow {
  readonly requestDigest: Buffer;
  readonly isInWork: boolean;
}

const RENEWAL_MS = 20_000;
/** The call of a process that does not renew it any more has ended. */
const LEASE_MS = 3 * RENEWAL_MS;
const KEPT_MS = 24 * 3_600_000;
const LAST_RUN_LIMIT_MS = 1_000;

/** A row whose end has passed is that of another request. */
const CLAIM = `
  INSERT INTO request_claims AS c (key_digest, request_digest, request_id, in_work_until, ends_at)
  VALUES ($1, $2, $3, $5, $6)
  ON CONFLICT (key_digest) DO UPDATE SET request_digest = EXCLUDED.request_digest,
    request_id = EXCLUDED.request_id, in_work_until = EXCLUDED.in_work_until, ends_at = EXCLUDED.ends_at
  WHERE c.ends_at <= $4
  RETURNING request_id`;

const EARLIER = `
  SELECT request_digest AS "requestDigest", coalesce(in_work_until > $2, false) AS "isInWork"
  FROM request_claims WHERE key_digest = $1`;

const RENEW = `
  UPDATE request_claims SET in_work_until = $2, ends_at = $3
  WHERE (key_digest, request_id) IN (SELECT * FROM unnest($1::bytea[], $4::text[])) AND in_work_until IS NOT NULL`;

const END = `
  UPDATE request_claims SET in_work_until = NULL, ends_at = $3 WHERE key_digest = $1 AND request_id = $2`;

const RELEASE = 'DELETE FROM request_claims WHERE key_digest = $1 AND request_id = $2';

/**
 * Which requests were sent before, by what their callers have marked them with. Every claim is a row of the database, so that
 * it holds in all replicas and after a restart. A call whose process has ended without a word counts as ended.
 */
@Injectable()
export class RequestClaimsService implements OnModuleDestroy {
  private readonly logger = new Logger('RequestClaims');
  private readonly inWork = new Set<RequestClaim>();
  private readonly runs = new Turns();

  /** @param clock tells which claims have ended */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Waits a second for a renewal that is under way. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_RUN_LIMIT_MS, this.runs.idle);
  }

  /**
   * Claims a key for a call. Of calls at the same time one gets it. The caller must end or release a claim that was made.
   * @throws GatehouseError `database_unavailable`
   */
  async claim(claim: RequestClaim): Promise<ClaimResult> {
    const { keyDigest, requestDigest, requestId } = claim;
    const earlier = await this.database.write(async ({ manager }) => {
      for (;;) {
        const values = [keyDigest, requestDigest, requestId, this.clock.now(), ...this.times()];
        if ((await manager.query<unknown[]>(CLAIM, values)).length > 0) return null;
        const found = [keyDigest, this.clock.now()];
        const [row] = await manager.query<EarlierRow[]>(EARLIER, found);
        // It was released in between, so that the key can be claimed now.
        if (row !== undefined) return row;
      }
    });
    if (earlier === null) {
      this.inWork.add(claim);
      return 'claimed';
    }
    if (!earlier.requestDigest.equals(requestDigest)) return 'other-request';
    return earlier.isInWork ? 'in-work' : 'ended';
  }

  /** Notes that the call of a claim has ended. The key is not free for a day. */
  async end(claim: RequestClaim): Promise<void> {
    await this.leave(claim, END, [this.times()[1]]);
  }

  /** Frees the key of a claim, as if its call had not been made. */
  async release(claim: RequestClaim): Promise<void> {
    await this.leave(claim, RELEASE, []);
  }

  /** Shows the other replicas that the calls of this process are in work. */
  @Interval('claims.renew', RENEWAL_MS)
  async renew(): Promise<void> {
    if (this.inWork.size > 0) await this.runs.take(() => this.renewAll());
  }

  private async renewAll(): Promise<void> {
    const claims = [...this.inWork];
    const keys = claims.map(({ keyDigest }) => keyDigest);
    const ids = claims.map(({ requestId }) => requestId);
    try {
      await this.database.background(({ manager }) =>
        manager.query(RENEW, [keys, ...this.times(), ids]),
      );
    } catch (error) {
      this.logger.warn(`claims of requests were not renewed: ${String(error)}`);
    }
  }

  /** A claim that cannot be ended counts as ended when its lease is over. */
  private async leave(
    claim: RequestClaim,
    statement: string,
    values: readonly unknown[],
  ): Promise<void> {
    const { keyDigest, requestId } = claim;
    this.inWork.delete(claim);
    try {
      await this.database.write(({ manager }) =>
        manager.query(statement, [keyDigest, requestId, ...values]),
      );
    } catch (error) {
      this.logger.warn(`the claim of request ${requestId} was not ended: ${String(error)}`);
    }
  }

  private times(): readonly [inWorkUntil: Date, endsAt: Date] {
    const nowMs = this.clock.nowMs();
    return [new Date(nowMs + LEASE_MS), new Date(nowMs + KEPT_MS)];
  }
}
