import { valuesAfter, type WithLimitsChange } from '#libs/access';
import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  type AuditAction,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, GatehouseError } from '#libs/common';
import {
  ChangeFeed,
  Database,
  snapshotsById,
  type SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { ArrayContains, In, type FindOptionsWhere } from 'typeorm';
import { formerKey, unknownKey, withoutConflict } from './key-conflicts.js';
import { KeyMappingEntity } from './entities/key-mapping.entity.js';
import {
  keyRecordOf,
  keySnapshotOf,
  type KeySnapshot,
  type KeyValues,
} from './entities/key-record.js';
import { keyIdOf, keyNameOf } from './entities/key-text.js';
import { VirtualKeyEntity } from './entities/virtual-key.entity.js';

const KEYS = {
  entity: VirtualKeyEntity,
  id: 'keyId',
  topic: 'key',
  recordOf: keyRecordOf,
  unknown: unknownKey,
  withoutConflict,
  rateOwnersOf: ({ teamId, organizationId }) => [
    { table: 'teams', id: teamId },
    { table: 'organizations', id: organizationId },
  ],
  // A rotation changes the id.
  changeLock: 'pessimistic_write',
} satisfies AuditedTableDescription<VirtualKeyEntity>;

/** Every id that a key had stays with it, because what was spent under it is the key's spend. */
const MAX_ROTATIONS = 1_000;

/** Which keys: those that are named, or all of an owner. */
export type KeySelection =
  | { readonly keyIds: readonly string[] }
  | { readonly aliases: readonly string[] }
  | { readonly userIds: readonly string[] }
  | { readonly teamIds: readonly string[] }
  | { readonly organizationIds: readonly string[] };

/**
 * Virtual keys: snapshots for decisions, rows for administration, audited changes. Clear keys come
 * in and are hashed on the spot; nothing here keeps, returns or records one.
 */
@Injectable()
export class KeysService {
  private readonly snapshots: SnapshotCache<KeySnapshot>;
  private readonly table: AuditedTable<VirtualKeyEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.snapshots = snapshotsById(KEYS, { database, feed }, keySnapshotOf);
    this.table = new AuditedTable(audit, KEYS);
  }

  /**
   * The key as decisions see it, from memory after the first time, unknown ones too; `null` when
   * unknown.
   * @param keyId SHA-256 of the key
   * @throws GatehouseError `database_unavailable`
   */
  async find(keyId: string): Promise<KeySnapshot | null> {
    return this.snapshots.find(keyId);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(keyId: string): KeySnapshot | null | undefined {
    return this.snapshots.peek(keyId);
  }

  /**
   * Returns the present id of a key that was regenerated; `null` when no key had this id at first.
   * @throws GatehouseError `database_unavailable`
   */
  async regenerated(firstKeyId: string): Promise<string | null> {
    return (await this.findCounted(firstKeyId))?.keyId ?? null;
  }

  /**
   * Returns the row of the key that spend is counted under an id of: the key of that id, also after it was regenerated. `null` for none.
   * @throws GatehouseError `database_unavailable`
   */
  async findCounted(id: string): Promise<VirtualKeyEntity | null> {
    return this.database.read((manager) =>
      manager.findOneBy(VirtualKeyEntity, [{ keyId: id }, { firstKeyId: id }]),
    );
  }

  /**
   * Makes a key.
   * @throws GatehouseError `already_exists` for a key or an alias that is there, and for the text of a key before it was
   * regenerated; `not_found` for an unknown user, team or organisation
   */
  async create(
    unit: UnitOfWork,
    keyText: string,
    values: KeyValues,
    actor: AuditActor,
  ): Promise<VirtualKeyEntity> {
    const now = this.clock.now();
    const row = unit.manager.create(VirtualKeyEntity, {
      keyId: keyIdOf(keyText),
      name: keyNameOf(keyText),
      ...values,
      predecessors: [],
      firstKeyId: null,
      createdBy: actor.userId,
      updatedBy: actor.userId,
      createdAt: now,
      updatedAt: now,
    });
    const made = await this.table.insert(unit, row, actor);
    await this.requireUnused(unit, row.keyId);
    return made;
  }

  /**
   * Changes what is given and nothing else. Holds for every request that starts after the
   * transaction was committed.
   * @throws GatehouseError `not_found` for an unknown key, user, team or organisation,
   * `already_exists` for an alias
   *   of another key
   */
  async update(
    unit: UnitOfWork,
    keyId: string,
    changes: WithLimitsChange<KeyValues>,
    actor: AuditActor,
  ): Promise<VirtualKeyEntity> {
    const row = await this.table.getForChange(unit, keyId);
    const now = this.clock.now();
    const values = valuesAfter<KeyValues>(row, changes, now);
    const stamps = { updatedAt: now, updatedBy: actor.userId };
    const change = { row, changes: { ...values, ...stamps }, action: actionOf(row, changes) };
    return this.table.change(unit, change, actor);
  }

  /**
   * Gives a key another secret. Everything else stays, mappings to it included; from the commit on
   * the old secret is refused everywhere.
   * @param actor who asks for it
   * @throws GatehouseError as {@link update}; `already_exists` for a new key that is there already,
   * `request_invalid` for
   *   a key that was regenerated a thousand times
   */
  async regenerate(
    unit: UnitOfWork,
    rotation: {
      readonly keyId: string;
      readonly keyText: string;
      readonly changes: WithLimitsChange<KeyValues>;
    },
    actor: AuditActor,
  ): Promise<VirtualKeyEntity> {
    const { keyId, keyText, changes } = rotation;
    const row = await this.table.getForChange(unit, keyId);
    if (row.predecessors.length >= MAX_ROTATIONS) throw tooOften();
    await this.announceMappings(unit, [keyId]);
    const now = this.clock.now();
    const rotated = {
      ...valuesAfter<KeyValues>(row, changes, now),
      keyId: keyIdOf(keyText),
      name: keyNameOf(keyText),
      predecessors: [...row.predecessors, keyId],
      firstKeyId: row.firstKeyId ?? keyId,
      updatedAt: now,
      updatedBy: actor.userId,
    };
    const after = await this.table.change(
      unit,
      { row, changes: rotated, action: 'rotated' },
      actor,
    );
    await this.requireUnused(unit, rotated.keyId);
    return after;
  }

  /**
   * Locks keys against every other change until the transaction ends, in the order of their ids.
   * @param selection which keys; unknown ones are left out
   */
  async lock(unit: UnitOfWork, selection: KeySelection): Promise<VirtualKeyEntity[]> {
    return this.table.lockWhere(unit, whereOf(selection));
  }

  /**
   * Deletes locked keys and the mappings to them. What was spent with them stays booked.
   * @param unit the transaction that locked them
   * @param rows what {@link lock} returned
   */
  async remove(
    unit: UnitOfWork,
    rows: readonly VirtualKeyEntity[],
    actor: AuditActor,
  ): Promise<void> {
    if (rows.length === 0) return;
    await this.announceMappings(
      unit,
      rows.map((row) => row.keyId),
    );
    await this.table.remove(unit, rows, actor);
  }

  /**
   * The budgets and the spend of a regenerated key are kept under its former ids, which no other key may share. Asked behind
   * the write, which waits for a regeneration that gives the id up.
   */
  private async requireUnused(unit: UnitOfWork, keyId: string): Promise<void> {
    const former = { predecessors: ArrayContains([keyId]) };
    if (await unit.manager.existsBy(VirtualKeyEntity, former)) throw formerKey();
  }

  /**
   * Mappings follow or fall in the database; what other replicas remember of them has to be
   * forgotten too.
   */
  private async announceMappings(unit: UnitOfWork, keyIds: readonly string[]): Promise<void> {
    const mappings = await unit.manager.findBy(KeyMappingEntity, { keyId: In([...keyIds]) });
    for (const { claimValue } of mappings) unit.changed('key_mapping', claimValue);
  }
}

function tooOften(): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `The key was regenerated ${String(MAX_ROTATIONS)} times; make a new one.`,
    param: 'key',
  });
}

function whereOf(selection: KeySelection): FindOptionsWhere<VirtualKeyEntity> {
  if ('keyIds' in selection) return { keyId: In([...selection.keyIds]) };
  if ('aliases' in selection) return { alias: In([...selection.aliases]) };
  if ('userIds' in selection) return { userId: In([...selection.userIds]) };
  if ('teamIds' in selection) return { teamId: In([...selection.teamIds]) };
  return { organizationId: In([...selection.organizationIds]) };
}

/** What a change is in the audit trail: blocking has a name of its own, even repeated. */
function actionOf(row: VirtualKeyEntity, changes: WithLimitsChange<KeyValues>): AuditAction {
  const isBlockingAlone = Object.keys(changes).length === 1;
  if (changes.blocked === undefined) return 'updated';
  if (!isBlockingAlone && changes.blocked === row.blocked) return 'updated';
  return changes.blocked ? 'blocked' : 'unblocked';
}
