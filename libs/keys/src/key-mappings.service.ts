import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, newEntityId, unknownRow } from '#libs/common';
import { ChangeFeed, Database, SnapshotCache, type UnitOfWork } from '#libs/database';
import { Any } from 'typeorm';
import { withoutConflict } from './key-conflicts.js';
import { KeyMappingEntity } from './entities/key-mapping.entity.js';
import { mappingRecordOf, type KeyMappingValues } from './entities/key-record.js';

const MAPPINGS: AuditedTableDescription<KeyMappingEntity> = {
  entity: KeyMappingEntity,
  id: 'mappingId',
  topic: 'key_mapping',
  recordOf: mappingRecordOf,
  unknown: () => unknownRow('mapping', 'id'),
  noticeOf: (row) => row.claimValue,
  withoutConflict,
  changeLock: 'pessimistic_write',
};

/** One mapping of a claim value as decisions see it. Frozen. */
export interface KeyMappingSnapshot {
  /** Claim path that the value has to stand at. */
  readonly claimName: string;
  /** `iss` that the token must have; `null` takes every issuer. */
  readonly issuer: string | null;
  readonly keyId: string;
  readonly isActive: boolean;
}

/** One page of mappings. */
export interface KeyMappingPage {
  readonly mappings: KeyMappingEntity[];
  /** Mappings on all pages. */
  readonly total: number;
}

interface MappingsOfValue {
  readonly mappings: readonly KeyMappingSnapshot[];
}

/**
 * Which tokens run as which virtual key. Remembered by claim value, values without a mapping too;
 * every change is announced under topic `key_mapping` with the value, once it is committed.
 */
@Injectable()
export class KeyMappingsService {
  private readonly snapshots: SnapshotCache<MappingsOfValue>;
  private readonly table: AuditedTable<KeyMappingEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.table = new AuditedTable(audit, MAPPINGS);
    this.snapshots = new SnapshotCache<MappingsOfValue>(feed, 'key_mapping', async (values) => {
      const rows = await database.read((manager) =>
        manager.findBy(KeyMappingEntity, { claimValue: Any([...values]) }),
      );
      const byValue = Map.groupBy(rows, ({ claimValue }) => claimValue);
      return new Map(
        [...byValue].map(([value, own]) => [value, { mappings: own.map(mappingSnapshotOf) }]),
      );
    });
  }

  /**
   * Returns the mappings of a claim value, for every claim and issuer; from memory after the first
   * read.
   * @throws GatehouseError `database_unavailable`
   */
  async of(claimValue: string): Promise<readonly KeyMappingSnapshot[]> {
    return (await this.snapshots.find(claimValue))?.mappings ?? [];
  }

  /**
   * The row of a mapping.
   * @throws GatehouseError `not_found`
   */
  async get(mappingId: string): Promise<KeyMappingEntity> {
    const row = await this.database.read((manager) =>
      manager.findOneBy(KeyMappingEntity, { mappingId }),
    );
    if (row === null) throw unknownRow('mapping', 'id');
    return row;
  }

  /**
   * One page of mappings, newest first.
   * @param page which page, from 1
   * @param size mappings on a page
   * @throws GatehouseError `database_unavailable`
   */
  async page(page: number, size: number): Promise<KeyMappingPage> {
    const [mappings, total] = await this.database.read((manager) =>
      manager.findAndCount(KeyMappingEntity, {
        order: { createdAt: 'DESC', mappingId: 'ASC' },
        skip: (page - 1) * size,
        take: size,
      }),
    );
    return { mappings, total };
  }

  /**
   * Makes a mapping.
   * @throws GatehouseError `already_exists` for a claim value that has one, `request_invalid` for
   * an unknown key
   */
  async create(
    unit: UnitOfWork,
    values: KeyMappingValues,
    actor: AuditActor,
  ): Promise<KeyMappingEntity> {
    const now = this.clock.now();
    const row = unit.manager.create(KeyMappingEntity, {
      mappingId: newEntityId(),
      ...values,
      issuer: values.issuer ?? '',
      createdBy: actor.userId,
      updatedBy: actor.userId,
      createdAt: now,
      updatedAt: now,
    });
    return this.table.insert(unit, row, actor);
  }

  /**
   * Changes what is given and nothing else.
   * @throws GatehouseError `not_found`, `already_exists` for a claim value that has another
   * mapping,
   *   `request_invalid` for an unknown key
   */
  async update(
    unit: UnitOfWork,
    mappingId: string,
    changes: Partial<KeyMappingValues>,
    actor: AuditActor,
  ): Promise<KeyMappingEntity> {
    const row = await this.table.getForChange(unit, mappingId);
    const { issuer, ...others } = changes;
    const change = {
      row,
      changes: {
        ...others,
        ...(issuer !== undefined && { issuer: issuer ?? '' }),
        updatedAt: this.clock.now(),
        updatedBy: actor.userId,
      },
    };
    return this.table.change(unit, change, actor);
  }

  /**
   * Deletes a mapping; its key stays.
   * @throws GatehouseError `not_found`
   */
  async remove(unit: UnitOfWork, mappingId: string, actor: AuditActor): Promise<KeyMappingEntity> {
    const row = await this.table.getForChange(unit, mappingId);
    await this.table.remove(unit, [row], actor);
    return row;
  }
}

function mappingSnapshotOf(row: KeyMappingEntity): KeyMappingSnapshot {
  const { claimName, keyId, isActive } = row;
  return { claimName, issuer: row.issuer === '' ? null : row.issuer, keyId, isActive };
}
