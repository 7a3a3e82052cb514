import { Injectable, Logger } from '@nestjs/common';
import type { AccessContext, Attribution, Principal, Withdrawal } from '#libs/access';
import { GatehouseError, isGatehouseError, type ErrorCode } from '#libs/common';
import { ChangeFeed } from '#libs/database';
import { KeysService } from '#libs/keys';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import { RevocationList } from './revocation-list.service.js';

const RETRY_MS = 250;

/** Whose rows a call depends on: the account and the team that it runs for, the virtual key that it runs as. */
export type RowHolder = 'user' | 'team' | 'key';

/** For each of them its id in the attribution of a call, and the refusals of calls that run for it. */
const HOLDERS = {
  user: { idMember: 'userId', blocked: 'user_blocked', deleted: 'user_unknown' },
  team: { idMember: 'teamId', blocked: 'team_blocked', deleted: 'team_unknown' },
  key: { idMember: 'keyId', blocked: 'key_blocked', deleted: 'key_unknown' },
} as const satisfies Record<
  RowHolder,
  { idMember: keyof Attribution; blocked: ErrorCode; deleted: ErrorCode }
>;

const HOLDER_NAMES = Object.keys(HOLDERS) as RowHolder[];

/** What is known of a call while it runs; an `AccessDecision` is one. */
export interface LiveCall {
  readonly principal: Principal | null;
  /** `null` until the last guard has passed. */
  readonly access: AccessContext | null;
  /** Whose rows were there when it was evaluated; those of others may be rows that the call itself makes. */
  readonly evaluatedRows: ReadonlySet<RowHolder>;
  readonly withdrawal: Withdrawal;
}

/** What matters here of a row. */
interface Row {
  readonly blocked: boolean;
}

/** What is asked about a row; the services of rows are such. */
interface Rows {
  find(id: string): Promise<Row | null>;
}

/**
 * Every guarded call of this process from its first guard to the end of its answer, so that access which is taken back
 * ends what is running and not only what comes next: a revoked token; a user, team or virtual key that is blocked or
 * deleted. The same happens on every replica when the change arrives there, which is within a second.
 *
 * A call may be evaluated by what was true just before a change and appear here just after it. It is therefore registered
 * before it is evaluated, and evaluated again by {@link admit} if anything has changed in between.
 */
@Injectable()
export class RevocableCalls {
  private readonly logger = new Logger('LiveCalls');
  /** With the number of changes that each call has been compared with. */
  private readonly calls = new Map<LiveCall, number>();
  private changes = 0;
  private readonly rows: Readonly<Record<RowHolder, Rows>>;

  /**
   * @param feed tells about changed rows
   * @param revocations whose tokens were taken back
   * @param keys rows of virtual keys
   */
  constructor(
    feed: ChangeFeed,
    private readonly revocations: RevocationList,
    users: UsersService,
    teams: TeamsService,
    keys: KeysService,
  ) {
    this.rows = { user: users, team: teams, key: keys };
    revocations.onChanged(() => {
      this.changes += 1;
      for (const call of this.calls.keys()) this.withdrawRevoked(call);
    });
    for (const holder of HOLDER_NAMES) {
      feed.subscribe(holder, (id) => {
        this.changes += 1;
        void this.withdrawFrom(holder, id);
      });
    }
  }

  /** Calls that are running. */
  count(): number {
    return this.calls.size;
  }

  /**
   * Registers a call, before it is evaluated.
   * @returns to be called when its answer has ended
   */
  track(call: LiveCall): () => void {
    this.calls.set(call, this.changes);
    return () => {
      this.calls.delete(call);
    };
  }

  /**
   * Lets an admitted call go on, unless its access was taken back while it was evaluated. Waits only where something has
   * changed since the call began.
   * @param call a call that every guard let pass
   * @throws GatehouseError `token_revoked`, `user_blocked`, `team_blocked`, `key_blocked`, `user_unknown`,
   *   `team_unknown`, `key_unknown`, `database_unavailable`
   */
  admit(call: LiveCall): void | Promise<void> {
    const seen = this.calls.get(call);
    if (seen !== undefined && seen !== this.changes) return this.evaluateAgain(call);
    call.withdrawal.requireNone();
  }

  private async evaluateAgain(call: LiveCall): Promise<void> {
    this.calls.set(call, this.changes);
    this.withdrawRevoked(call);
    for (const holder of HOLDER_NAMES) {
      const id = holderIdOf(call, holder);
      if (id !== null) withdrawBy(await this.rows[holder].find(id), holder, call);
    }
    call.withdrawal.requireNone();
  }

  private withdrawRevoked({ principal, withdrawal }: LiveCall): void {
    const refusal = principal === null ? null : this.revocations.refusalOf(principal);
    if (refusal !== null) withdrawal.withdraw(refusal);
  }

  /** One row after the other: after an outage everything may have changed, and the database has just come back. */
  private async withdrawFrom(holder: RowHolder, changedId: string | null): Promise<void> {
    // The caches of rows hear of the change in this very turn, some of them after this.
    await Promise.resolve();
    const ids = changedId === null ? this.holderIds(holder) : [changedId];
    for (const id of ids) {
      const calls = [...this.calls.keys()].filter((call) => holderIdOf(call, holder) === id);
      if (calls.length === 0) continue;
      try {
        const row = await this.rows[holder].find(id);
        for (const call of calls) withdrawBy(row, holder, call, changedId !== null);
      } catch (error) {
        if (!isGatehouseError(error, 'database_unavailable')) this.logger.error(String(error));
        setTimeout(() => void this.withdrawFrom(holder, changedId), RETRY_MS).unref();
        return;
      }
    }
  }

  private holderIds(holder: RowHolder): ReadonlySet<string> {
    const ids = [...this.calls.keys()].map((call) => holderIdOf(call, holder));
    return new Set(ids.filter((id) => id !== null));
  }
}

/** A row that was evaluated or has changed and is not there was deleted; any other may be one that the call will make. */
function withdrawBy(row: Row | null, holder: RowHolder, call: LiveCall, isChanged = false): void {
  const { evaluatedRows, withdrawal } = call;
  if (row?.blocked === true) withdrawal.withdraw(new GatehouseError(HOLDERS[holder].blocked));
  if (row === null && (isChanged || evaluatedRows.has(holder))) {
    withdrawal.withdraw(new GatehouseError(HOLDERS[holder].deleted));
  }
}

function holderIdOf({ access }: LiveCall, holder: RowHolder): string | null {
  return access === null ? null : access.attribution[HOLDERS[holder].idMember];
}
