import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import {
  AuditedTable,
  AuditTrail,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, GatehouseError, within } from '#libs/common';
import { Database, type UnitOfWork } from '#libs/database';
import { LessThanOrEqual } from 'typeorm';
import { RevocationEntity } from './revocation.entity.js';
import {
  revocationIdOf,
  type RevocationKind,
  type RevocationSource,
  type RevocationTarget,
} from './revocation.js';

const REVOCATIONS: AuditedTableDescription<RevocationEntity> = {
  entity: RevocationEntity,
  id: 'revocationId',
  topic: 'revocation',
  recordOf,
  unknown: () => new GatehouseError('not_found', { message: 'There is no such revocation.' }),
  changeLock: 'pessimistic_write',
};
const PRUNE_INTERVAL_MS = 60 * 60 * 1_000;
const LAST_PRUNE_LIMIT_MS = 1_000;

/** What is to be revoked, for how long and why. */
export interface NewRevocation extends RevocationTarget {
  /** Only tokens issued before; `null` means every token of the target. */
  readonly issuedBefore: Date | null;
  /** When it ceases to hold; `null` never. */
  readonly expiresAt: Date | null;
  readonly source: RevocationSource;
  readonly note: string | null;
  /** Account of the administrator. */
  readonly createdBy: string | null;
}

/** Which revocations, which page. What is absent does not restrict. */
export interface RevocationQuery {
  readonly kind?: RevocationKind;
  readonly issuer?: string;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/** One page of revocations. */
export interface RevocationPage {
  readonly revocations: readonly RevocationEntity[];
  /** Revocations on all pages. */
  readonly total: number;
}

/**
 * The table of revocations: audited changes, and pages for administrators. Requests are compared with
 * {@link RevocationList}, which the changes made here reach on every replica.
 */
@Injectable()
export class RevocationsService implements OnModuleDestroy {
  private readonly logger = new Logger('Revocations');
  private readonly table: AuditedTable<RevocationEntity>;
  private pruning: Promise<void> = Promise.resolve();

  /**
   * @param database where the table is
   * @param clock the time of changes
   */
  constructor(
    private readonly database: Database,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.table = new AuditedTable(audit, REVOCATIONS);
  }

  /** Waits for a deletion that runs, at most a second. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_PRUNE_LIMIT_MS, this.pruning);
  }

  /**
   * Revokes; what is revoked already is extended and never shortened: the later expiry and the later `issuedBefore`
   * hold. Effective here when this resolves and on other replicas within a second.
   * @param revocation what and for how long
   * @throws GatehouseError `database_unavailable`
   */
  async add(revocation: NewRevocation, actor: AuditActor): Promise<RevocationEntity> {
    return this.database.write((unit) => this.put(unit, revocation, actor));
  }

  /**
   * Acts upon a logout once: all of it, or nothing when its token has been acted upon before, by whichever replica.
   * @param spent the logout token itself, which is revoked with it
   * @param revocations what the logout ends
   * @returns false for a token that is not new
   * @throws GatehouseError `database_unavailable`
   */
  async addOnce(
    spent: NewRevocation,
    revocations: readonly NewRevocation[],
    actor: AuditActor,
  ): Promise<boolean> {
    return this.database.write(async (unit) => {
      if ((await this.insert(unit, spent, actor)) === null) return false;
      for (const revocation of revocations) await this.put(unit, revocation, actor);
      return true;
    });
  }

  /**
   * One page, newest first, and the number on all pages.
   * @throws GatehouseError `database_unavailable`
   */
  async page(query: RevocationQuery): Promise<RevocationPage> {
    const { kind, issuer, page, pageSize } = query;
    const [revocations, total] = await this.database.read((manager) =>
      manager.findAndCount(RevocationEntity, {
        where: { ...(kind !== undefined && { kind }), ...(issuer !== undefined && { issuer }) },
        order: { createdAt: 'DESC', revocationId: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    );
    return { revocations, total };
  }

  /**
   * Takes a revocation back.
   * @returns the row that was
   * @throws GatehouseError `not_found`, `database_unavailable`
   */
  async remove(revocationId: string, actor: AuditActor): Promise<RevocationEntity> {
    return this.database.write(async (unit) => {
      const row = await this.table.getForChange(unit, revocationId);
      await this.table.remove(unit, [row], actor);
      return row;
    });
  }

  /** Deletes expired rows, which no list holds any more. A database that is away is left alone. */
  @Interval('revocations.prune', PRUNE_INTERVAL_MS)
  async prune(): Promise<void> {
    this.pruning = this.deleteExpired();
    await this.pruning;
  }

  private async deleteExpired(): Promise<void> {
    try {
      await this.database.background(({ manager }) =>
        manager.delete(RevocationEntity, { expiresAt: LessThanOrEqual(this.clock.now()) }),
      );
    } catch (error) {
      this.logger.warn(`expired revocations were not deleted: ${String(error)}`);
    }
  }

  private async put(
    unit: UnitOfWork,
    revocation: NewRevocation,
    actor: AuditActor,
  ): Promise<RevocationEntity> {
    const inserted = await this.insert(unit, revocation, actor);
    if (inserted !== null) return inserted;
    const revocationId = revocationIdOf(revocation);
    const row = await this.table.lockRow(unit, revocationId);
    // Another request deleted the row in between, so that it can be inserted now.
    if (row === null) return this.put(unit, revocation, actor);
    const changes = extensionOf(row, revocation, this.clock.now());
    return this.table.change(unit, { row, changes }, actor);
  }

  /** `null` where the target is revoked already. */
  private async insert(
    unit: UnitOfWork,
    revocation: NewRevocation,
    actor: AuditActor,
  ): Promise<RevocationEntity | null> {
    const row = unit.manager.create(RevocationEntity, {
      revocationId: revocationIdOf(revocation),
      ...revocation,
      createdAt: this.clock.now(),
    });
    return (await this.table.insertIfAbsent(unit, row, actor)) ? row : null;
  }
}

/** Nothing of an expired row that has not been deleted yet is carried over. */
function extensionOf(
  row: RevocationEntity,
  revocation: NewRevocation,
  now: Date,
): Partial<RevocationEntity> {
  const { source, note, createdBy, issuedBefore, expiresAt } = revocation;
  const hasExpired = row.expiresAt !== null && row.expiresAt <= now;
  return {
    issuedBefore: hasExpired ? issuedBefore : later(row.issuedBefore, issuedBefore),
    expiresAt: hasExpired ? expiresAt : later(row.expiresAt, expiresAt),
    // What an administrator revoked stays an administrator's, with its words.
    ...((source === 'admin' || hasExpired) && { source, note, createdBy }),
  };
}

/** `null` means no limit in both columns: no expiry, and every token. */
function later(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return null;
  return one > other ? one : other;
}

function recordOf(row: RevocationEntity): object {
  const { kind, issuer, value, issuedBefore, expiresAt, source, note } = row;
  return {
    kind,
    issuer,
    value,
    issued_before: issuedBefore,
    expires_at: expiresAt,
    source,
    note,
  };
}
