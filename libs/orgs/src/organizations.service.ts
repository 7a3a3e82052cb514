import { valuesAfter, type WithLimitsChange } from '#libs/access';
import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  PROVISIONING_ACTOR,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, GatehouseError, unknownRow } from '#libs/common';
import { SettingsStore } from '#libs/config';
import {
  ChangeFeed,
  Database,
  idCacheByAlias,
  snapshotsById,
  type SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import {
  organizationSnapshotOf,
  type OrganizationSnapshot,
  type OrganizationValues,
} from './entities/organization-record.js';
import {
  organizationMembershipRecordOf,
  OrganizationMembershipsService,
} from './organization-memberships.service.js';
import { In } from 'typeorm';
import { OrganizationEntity } from './entities/organization.entity.js';

const ORGANIZATIONS = {
  entity: OrganizationEntity,
  id: 'organizationId',
  topic: 'organization',
  unknown: (param = 'organization_id') => unknownRow('organization', param),
} satisfies AuditedTableDescription<OrganizationEntity>;

/** Organisations: snapshots for decisions, rows for administration, audited changes. */
@Injectable()
export class OrganizationsService {
  private readonly snapshots: SnapshotCache<OrganizationSnapshot>;
  private readonly idsByAlias: SnapshotCache<readonly string[]>;
  private readonly table: AuditedTable<OrganizationEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
    private readonly memberships: OrganizationMembershipsService,
    private readonly settings: SettingsStore,
  ) {
    this.snapshots = snapshotsById(ORGANIZATIONS, { database, feed }, organizationSnapshotOf);
    this.idsByAlias = idCacheByAlias(ORGANIZATIONS, { database, feed });
    this.table = new AuditedTable(audit, ORGANIZATIONS);
  }

  /**
   * The organisation as decisions see it, from memory after the first time; `null` when unknown.
   * @throws GatehouseError `database_unavailable`
   */
  find(organizationId: string): Promise<OrganizationSnapshot | null> {
    return this.snapshots.find(organizationId);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(organizationId: string): OrganizationSnapshot | null | undefined {
    return this.snapshots.peek(organizationId);
  }

  /**
   * The organisations of an alias as decisions see them, in the order of their ids; from memory
   * after the first time. Two at most, because an alias that several organisations share means none
   * of them.
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
   * @throws GatehouseError `not_found`
   */
  async get(organizationId: string): Promise<OrganizationEntity> {
    const row = await this.database.read((manager) =>
      manager.findOneBy(OrganizationEntity, { organizationId }),
    );
    if (row === null) throw unknownRow('organization', 'organization_id');
    return row;
  }

  /**
   * Rows in the order of their aliases.
   * @param filter exact ids and exact alias; what is absent does not restrict
   */
  async list({
    organizationIds,
    alias,
  }: {
    readonly organizationIds?: readonly string[];
    readonly alias?: string;
  }): Promise<OrganizationEntity[]> {
    return this.database.read((manager) =>
      manager.find(OrganizationEntity, {
        where: {
          ...(organizationIds !== undefined && { organizationId: In([...organizationIds]) }),
          ...(alias !== undefined && { alias }),
        },
        order: { alias: 'ASC', organizationId: 'ASC' },
      }),
    );
  }

  /**
   * Makes an organisation that an admitted token names, unless it exists, with its id as its alias. Concurrent first
   * calls make one row.
   */
  async ensureFromToken(unit: UnitOfWork, organizationId: string): Promise<void> {
    await this.insert(unit, organizationId, { alias: organizationId }, PROVISIONING_ACTOR);
  }

  /**
   * Makes an organisation.
   * @throws GatehouseError `already_exists`
   */
  async create(
    unit: UnitOfWork,
    organizationId: string,
    values: WithLimitsChange<OrganizationValues> & Pick<OrganizationValues, 'alias'>,
    actor: AuditActor,
  ): Promise<OrganizationEntity> {
    const row = await this.insert(unit, organizationId, values, actor);
    if (row === null) {
      throw new GatehouseError('already_exists', {
        message: 'An organization with that organization_id exists already.',
        param: 'organization_id',
      });
    }
    return row;
  }

  /**
   * Changes what is given and nothing else.
   * @throws GatehouseError `not_found`
   */
  async update(
    unit: UnitOfWork,
    organizationId: string,
    changes: WithLimitsChange<OrganizationValues>,
    actor: AuditActor,
  ): Promise<OrganizationEntity> {
    const row = await this.table.getForChange(unit, organizationId);
    const now = this.clock.now();
    const values = valuesAfter<OrganizationValues>(row, changes, now);
    const stamps = { updatedAt: now, updatedBy: nameOf(actor) };
    return this.table.change(unit, { row, changes: { ...values, ...stamps } }, actor);
  }

  /**
   * Locks rows against every other change until the transaction ends, in the order of their ids.
   * @param param the member of the request that names them, where it is not `organization_id`
   * @throws GatehouseError `not_found` when one of them does not exist
   */
  async lock(
    unit: UnitOfWork,
    organizationIds: readonly string[],
    param?: string,
  ): Promise<OrganizationEntity[]> {
    return this.table.lock(unit, organizationIds, param);
  }

  /**
   * Deletes locked organisations with their memberships. Their teams must be gone already.
   * @param unit the transaction that locked them
   * @param rows what {@link lock} returned
   */
  async remove(
    unit: UnitOfWork,
    rows: readonly OrganizationEntity[],
    actor: AuditActor,
  ): Promise<void> {
    const organizationIds = rows.map((row) => row.organizationId);
    const members = await this.memberships.clear(unit, { organizationIds });
    await this.table.remove(unit, rows, actor, ({ organizationId }) => ({
      memberships: members
        .filter((member) => member.organizationId === organizationId)
        .map(organizationMembershipRecordOf),
    }));
  }

  private async insert(
    unit: UnitOfWork,
    organizationId: string,
    values: WithLimitsChange<OrganizationValues> & Pick<OrganizationValues, 'alias'>,
    actor: AuditActor,
  ): Promise<OrganizationEntity | null> {
    const now = this.clock.now();
    const by = nameOf(actor);
    const { newOrganizations: limits } = this.settings.current.budgets;
    const row = unit.manager.create(OrganizationEntity, {
      organizationId,
      ...valuesAfter<OrganizationValues>({ limits }, { limits, ...values }, now),
      createdAt: now,
      updatedAt: now,
      createdBy: by,
      updatedBy: by,
    });
    return (await this.table.insertIfAbsent(unit, row, actor)) ? row : null;
  }
}

function nameOf(actor: AuditActor): string {
  return actor.userId ?? actor.subject ?? actor.kind;
}
