import { UNLIMITED, type Limits } from '#libs/access';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import {
  ChangeFeed,
  Database,
  snapshotsById,
  type SnapshotCache,
  type TableDescription,
  type UnitOfWork,
} from '#libs/database';
import { EndUserEntity } from './end-user.entity.js';

const END_USERS: TableDescription<EndUserEntity> = {
  entity: EndUserEntity,
  id: 'endUserId',
  topic: 'end_user',
};

/** The facts of an end user that decisions need. Frozen. */
export interface EndUserSnapshot {
  readonly endUserId: string;
  readonly blocked: boolean;
  readonly limits: Limits;
}

/** End users: snapshots for decisions, and their first row. */
@Injectable()
export class EndUsersService {
  private readonly snapshots: SnapshotCache<EndUserSnapshot>;

  constructor(
    database: Database,
    feed: ChangeFeed,
    private readonly clock: Clock,
  ) {
    this.snapshots = snapshotsById(
      END_USERS,
      { database, feed },
      ({ endUserId, blocked, limits }) => ({
        endUserId,
        blocked,
        limits,
      }),
    );
  }

  /**
   * The end user as decisions see it, from memory after the first time; `null` when unknown.
   * @throws GatehouseError `database_unavailable`
   */
  find(endUserId: string): Promise<EndUserSnapshot | null> {
    return this.snapshots.find(endUserId);
  }

  /** What {@link find} finds in memory; `undefined` when it would have to read. */
  peek(endUserId: string): EndUserSnapshot | null | undefined {
    return this.snapshots.peek(endUserId);
  }

  /**
   * Makes the row of an end user unless it exists. Concurrent first calls make one row. Not
   * audited: the row says nothing but that the id was used, which the spend ledger says as well,
   * and the audit trail's one lock would serialise the traffic of every new end user.
   */
  async ensure(unit: UnitOfWork, endUserId: string): Promise<void> {
    const now = this.clock.now();
    const inserted = await unit.manager
      .createQueryBuilder()
      .insert()
      .into(EndUserEntity)
      .values({
        endUserId,
        alias: null,
        blocked: false,
        limits: UNLIMITED,
        createdAt: now,
        updatedAt: now,
      })
      .orIgnore()
      .returning('end_user_id')
      .execute();
    if ((inserted.raw as unknown[]).length > 0) unit.changed('end_user', endUserId);
  }
}
