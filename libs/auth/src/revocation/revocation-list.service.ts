import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Principal } from '#libs/access';
import { Clock, GatehouseError, noteRead, pause } from '#libs/common';
import { ChangeFeed, Database } from '#libs/database';
import { isOfLogoutSecond, RevocationIndex } from './revocation-index.js';
import type { Revocation, RevocationKind, RevocationSource } from './revocation.js';

const RETRY_MS = 250;
const PRUNE_INTERVAL_MS = 60_000;

/** Plain rows: the whole list may be long, and making an entity of each would hold up the event loop. */
const COLUMNS =
  'SELECT revocation_id, kind, issuer, value, issued_before, expires_at, source FROM revocations';
const READ_ALL = `${COLUMNS} WHERE expires_at IS NULL OR expires_at > $1`;
const READ_SOME = `${COLUMNS} WHERE revocation_id = ANY($1::text[])`;

interface RevocationRow {
  readonly revocation_id: string;
  readonly kind: RevocationKind;
  readonly issuer: string | null;
  readonly value: string | null;
  readonly issued_before: Date | null;
  readonly expires_at: Date | null;
  readonly source: RevocationSource;
}

/**
 * Holds the whole list of revocations in the memory of this process, kept current by the change
 * feed. A caller is compared with it without a request to the database; only a caller between a
 * change and its arrival waits.
 *
 * The list stays in use while the database is unavailable. A list that is known to be incomplete
 * admits no token: the result is `database_unavailable`, because a revocation may be missing.
 */
@Injectable()
export class RevocationList implements OnModuleInit, OnModuleDestroy {
  private readonly index = new RevocationIndex();
  private readonly outdatedIds = new Set<string>();
  private isWhollyOutdated = true;
  private refreshing: Promise<void> | null = null;
  private isKeepingUp = false;
  /** Counts the changes that have arrived. */
  private version = 0;
  private readonly listeners: (() => void)[] = [];
  private readonly ending = new AbortController();

  /**
   * @param database where the list is
   * @param clock for revocations that cease to hold
   */
  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    private readonly clock: Clock,
  ) {
    feed.subscribe('revocation', (id) => {
      if (id === null) this.isWhollyOutdated = true;
      else this.outdatedIds.add(id);
      void this.keepUp();
    });
  }

  /** Begins to read the list; a start does not wait for it. */
  onModuleInit(): void {
    void this.keepUp();
  }

  /** Stops trying. */
  onModuleDestroy(): void {
    this.ending.abort();
  }

  /** Removes expired revocations from memory. */
  @Interval('revocation-list.prune', PRUNE_INTERVAL_MS)
  prune(): void {
    this.index.prune(this.clock.nowMs());
  }

  /**
   * Refuses a caller whose token was revoked.
   * @param principal the verified caller; the master key, virtual keys that are sent as the
   *   credential and anonymous callers pass, because they have no token
   * @throws GatehouseError `token_revoked`, `database_unavailable`
   */
  refuseRevoked(principal: Principal): void | Promise<void> {
    if (!hasToken(principal)) return;
    if (this.isOutdated() || this.refusalOf(principal) !== null) return this.refuseAnew(principal);
    this.noteVersion();
  }

  private async refuseAnew(principal: Principal): Promise<void> {
    await this.catchUp();
    const refusal = this.refusalOf(principal);
    if (refusal !== null) throw refusal;
    this.noteVersion();
  }

  private noteVersion(): void {
    const { version } = this;
    noteRead(() => this.version === version && !this.isOutdated());
  }

  /**
   * Returns the logout that refuses a caller because the token was issued within its second, so that its times cannot
   * tell whether it was issued before; `null` for every other caller, refused or not.
   * @throws GatehouseError `database_unavailable`
   */
  async logoutOfSameSecond(principal: Principal): Promise<Revocation | null> {
    if (!hasToken(principal)) return null;
    await this.catchUp();
    const revocation = this.index.find(principal, this.clock.nowMs());
    return revocation !== null && isOfLogoutSecond(principal, revocation) ? revocation : null;
  }

  /** The refusal of a caller by what is in memory now, `null` when nothing there takes its token back. */
  refusalOf(principal: Principal): GatehouseError | null {
    const revocation = hasToken(principal) ? this.index.find(principal, this.clock.nowMs()) : null;
    return revocation === null ? null : revoked(revocation, principal);
  }

  /** Calls back whenever a change has arrived in memory. */
  onChanged(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** A refresh that is under way may have begun before the last change; the one behind it has not. */
  private async catchUp(): Promise<void> {
    for (let turn = 0; turn < 2 && this.isOutdated(); turn += 1) await this.refresh();
  }

  private isOutdated(): boolean {
    return this.isWhollyOutdated || this.outdatedIds.size > 0 || this.refreshing !== null;
  }

  /** Reads what changed, soon and until it has succeeded, because running calls depend on it too. */
  private async keepUp(): Promise<void> {
    const { signal } = this.ending;
    if (this.isKeepingUp) return;
    this.isKeepingUp = true;
    while (this.isOutdated() && !signal.aborted) {
      await this.refresh().catch(() => pause(RETRY_MS, signal));
    }
    this.isKeepingUp = false;
  }

  /** One at a time. */
  private async refresh(): Promise<void> {
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  private async read(): Promise<void> {
    const isWhole = this.isWhollyOutdated;
    const ids = [...this.outdatedIds];
    this.isWhollyOutdated = false;
    this.outdatedIds.clear();
    try {
      const rows = await (isWhole
        ? this.query(READ_ALL, this.clock.now())
        : this.query(READ_SOME, ids));
      if (isWhole) this.index.clear();
      else for (const id of ids) this.index.remove(id);
      for (const row of rows) this.index.put(revocationOf(row));
    } catch (error) {
      this.isWhollyOutdated ||= isWhole;
      for (const id of ids) this.outdatedIds.add(id);
      throw error;
    }
    this.version += 1;
    for (const listener of this.listeners) listener();
  }

  private async query(sql: string, parameter: unknown): Promise<readonly RevocationRow[]> {
    return this.database.read((manager) => manager.query<RevocationRow[]>(sql, [parameter]));
  }
}

function hasToken({ kind, issuer }: Principal): boolean {
  if (kind === 'master_key' || kind === 'anonymous') return false;
  return kind !== 'virtual_key' || issuer !== null;
}

function revocationOf(row: RevocationRow): Revocation {
  return {
    revocationId: row.revocation_id,
    kind: row.kind,
    issuer: row.issuer,
    value: row.value,
    issuedBeforeMs: row.issued_before?.getTime() ?? null,
    expiresAtMs: row.expires_at?.getTime() ?? null,
    source: row.source,
  };
}

/** The step of the trace names the revocation, so that an administrator can look it up or take it back. */
function revoked(revocation: Revocation, principal: Principal): GatehouseError {
  const { kind, revocationId } = revocation;
  const hint = isOfLogoutSecond(principal, revocation) ? OF_LOGOUT_SECOND : '';
  const problem = `the token is revoked by ${revocationId} (${kind})${hint}`;
  return new GatehouseError('token_revoked', { context: { problem, configKey: null } });
}

const OF_LOGOUT_SECOND =
  ': it was issued within the second of the logout, and neither auth_time nor the provider shows that it came after it; a token that is issued a second later is accepted';
