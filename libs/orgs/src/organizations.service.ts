import { Injectable } from '@nestjs/common';
import { AuditTrail, type AuditActor } from '#libs/audit';
import { Clock, GatehouseError } from '#libs/common';
import {
  ChangeFeed,
  Database,
  idsByAlias,
  SnapshotCache,
  WholesaleChanges,
  type UnitOfWork,
} from '#libs/database';
import { Any, In } from 'typeorm';
import {
  organizationRecordOf,
  organizationSnapshotOf,
  type OrganizationSnapshot,
  type OrganizationValues,
} from './organization-record.js';
import { OrganizationEntity } from './organization.entity.js';

const TABLE = 'organizations';

/** Organisations: snapshots for decisions, rows for administration, audited changes. */
@Injectable()
export class OrganizationsService {
  private readonly snapshots: SnapshotCache<OrganizationSnapshot>;
  private readonly idsByAlias: SnapshotCache<readonly string[]>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.snapshots = new SnapshotCache(feed, 'organization', async (organizationIds) => {
      const rows = await database.read((manager) =>
        manager.findBy(OrganizationEntity, { organizationId: Any([...organizationIds]) }),
      );
      return new Map(rows.map((row) => [row.organizationId, organizationSnapshotOf(row)]));
    });
    this.idsByAlias = new SnapshotCache(new WholesaleChanges(feed), 'organization', (aliases) =>
      database.read((manager) =>
        idsByAlias(manager, { entity: OrganizationEntity, id: 'organizationId' }, aliases),
      ),
    );
  }

  /**
   * The organisation as decisions see it, from memory after the first time; `null` when unknown.
   * @param organizationId which one
   * @throws GatehouseError `database_unavailable`
   */
  async find(organizationId: string): Promise<OrganizationSnapshot | null> {
    return this.snapshots.find(organizationId);
  }

  /**
   * The organisations of an alias as decisions see them, in the order of their ids; from memory after the first time.
   * Two at most, because an alias that several organisations share means none of them.
   * @param alias display name, compared byte by byte
   * @throws GatehouseError `database_unavailable`
   */
  async findByAlias(alias: string): Promise<readonly OrganizationSnapshot[]> {
    const ids = (await this.idsByAlias.find(alias)) ?? [];
    const organizations = await Promise.all(ids.map((id) => this.find(id)));
    return organizations.filter((organization) => organization !== null);
  }

  /**
   * The organisation's row.
   * @param organizationId which one
   * @throws GatehouseError `not_found`
   */
  async get(organizationId: string): Promise<OrganizationEntity> {
    const row = await this.database.read((manager) =>
      manager.findOneBy(OrganizationEntity, { organizationId }),
    );
    if (row === null) throw unknownOrganization();
    return row;
  }

  /**
   * Rows in the order of their aliases.
   * @param filter exact id and exact alias; what is absent does not restrict
   */
  async list(filter: { organizationId?: string; alias?: string }): Promise<OrganizationEntity[]> {
    return this.database.read((manager) =>
      manager.find(OrganizationEntity, {
        where: filter,
        order: { alias: 'ASC', organizationId: 'ASC' },
      }),
    );
  }

  /**
   * Makes an organisation.
   * @param unit the transaction
   * @param organizationId its id
   * @param values what is said about it
   * @param actor who makes it
   * @throws GatehouseError `already_exists`
   */
  async create(
    unit: UnitOfWork,
    organizationId: string,
    values: OrganizationValues,
    actor: AuditActor,
  ): Promise<OrganizationEntity> {
    const now = this.clock.now();
    const by = nameOf(actor);
    const row = unit.manager.create(OrganizationEntity, {
      organizationId,
      ...values,
      createdAt: now,
      updatedAt: now,
      createdBy: by,
      updatedBy: by,
    });
    const inserted = await unit.manager
      .createQueryBuilder()
      .insert()
      .into(OrganizationEntity)
      .values(row)
      .orIgnore()
      .returning('organization_id')
      .execute();
    if ((inserted.raw as unknown[]).length === 0) {
      throw new GatehouseError('already_exists', {
        message: 'An organization with that organization_id exists already.',
        param: 'organization_id',
      });
    }
    unit.changed('organization', organizationId);
    const after = organizationRecordOf(row);
    await this.audit.record(unit, {
      action: 'created',
      table: TABLE,
      objectId: organizationId,
      before: null,
      after,
      actor,
    });
    return row;
  }

  /**
   * Changes what is given and nothing else.
   * @param unit the transaction
   * @param organizationId which one
   * @param changes new values
   * @param actor who changes it
   * @throws GatehouseError `not_found`
   */
  async update(
    unit: UnitOfWork,
    organizationId: string,
    changes: Partial<OrganizationValues>,
    actor: AuditActor,
  ): Promise<OrganizationEntity> {
    const row = await unit.manager.findOne(OrganizationEntity, {
      where: { organizationId },
      lock: { mode: 'for_no_key_update' },
    });
    if (row === null) throw unknownOrganization();
    const before = organizationRecordOf(row);
    Object.assign(row, changes, { updatedAt: this.clock.now(), updatedBy: nameOf(actor) });
    await unit.manager.update(OrganizationEntity, { organizationId }, row);
    unit.changed('organization', organizationId);
    const after = organizationRecordOf(row);
    await this.audit.record(unit, {
      action: 'updated',
      table: TABLE,
      objectId: organizationId,
      before,
      after,
      actor,
    });
    return row;
  }

  /**
   * Locks rows against every other change until the transaction ends, in the order of their ids.
   * @param unit the transaction
   * @param organizationIds which ones
   * @throws GatehouseError `not_found` when one of them does not exist
   */
  async lock(unit: UnitOfWork, organizationIds: readonly string[]): Promise<OrganizationEntity[]> {
    const rows = await unit.manager.find(OrganizationEntity, {
      where: { organizationId: In([...organizationIds]) },
      order: { organizationId: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    if (rows.length < new Set(organizationIds).size) throw unknownOrganization();
    return rows;
  }

  /**
   * Deletes locked organisations, whose teams must be gone already.
   * @param unit the transaction that locked them
   * @param rows what {@link lock} returned
   * @param actor who deletes them
   */
  async remove(
    unit: UnitOfWork,
    rows: readonly OrganizationEntity[],
    actor: AuditActor,
  ): Promise<void> {
    const ids = rows.map((row) => row.organizationId);
    await unit.manager.delete(OrganizationEntity, { organizationId: In(ids) });
    for (const row of rows) {
      unit.changed('organization', row.organizationId);
      await this.audit.record(unit, {
        action: 'deleted',
        table: TABLE,
        objectId: row.organizationId,
        before: organizationRecordOf(row),
        after: null,
        actor,
      });
    }
  }
}

function nameOf(actor: AuditActor): string {
  return actor.userId ?? actor.subject ?? actor.kind;
}

function unknownOrganization(): GatehouseError {
  return new GatehouseError('not_found', {
    message: 'There is no such organization.',
    param: 'organization_id',
  });
}
