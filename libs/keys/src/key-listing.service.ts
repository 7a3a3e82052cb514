import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import type { SelectQueryBuilder } from 'typeorm';
import type { KeyQuery, KeySortField } from './entities/key-query.js';
import { VirtualKeyEntity } from './entities/virtual-key.entity.js';

/** One page of keys. */
export interface KeyPage {
  readonly keys: VirtualKeyEntity[];
  /** Keys on all pages. */
  readonly total: number;
}

const SORT_EXPRESSIONS: Record<KeySortField, string> = {
  key_alias: 'keys.key_alias',
  user_id: 'keys.user_id',
  team_id: 'keys.team_id',
  created_at: 'keys.created_at',
  updated_at: 'keys.updated_at',
  expires: 'keys.expires_at',
  spend: 'coalesce(totals.spend_usd, 0)',
};

/** Reads rows of keys, filtered, sorted and cut into pages in SQL. */
@Injectable()
export class KeyListing {
  constructor(private readonly database: Database) {}

  /**
   * The row of a key, `null` when there is none.
   * @param keyId SHA-256 of the key
   * @throws GatehouseError `database_unavailable`
   */
  async find(keyId: string): Promise<VirtualKeyEntity | null> {
    return this.database.read((manager) => manager.findOneBy(VirtualKeyEntity, { keyId }));
  }

  /**
   * One page of keys and the number of keys on all pages. Sorting by spend goes by the reporting view
   * `gatehouse_spend_totals`, so calls of the last moments do not influence the order.
   * @param query filter, order and page
   * @throws GatehouseError `database_unavailable`
   */
  async page(query: KeyQuery): Promise<KeyPage> {
    return this.database.read(async (manager) => {
      const builder = manager.createQueryBuilder(VirtualKeyEntity, 'keys');
      restrict(builder, query);
      const total = await builder.getCount();
      if (query.sortBy === 'spend') {
        builder.leftJoin(
          'gatehouse_spend_totals',
          'totals',
          `totals.scope = 'key' AND totals.id = keys.token`,
        );
      }
      const keys = await builder
        .addSelect(SORT_EXPRESSIONS[query.sortBy ?? 'created_at'], 'sort_value')
        .orderBy('sort_value', query.isDescending ? 'DESC' : 'ASC', 'NULLS LAST')
        .addOrderBy('keys.token', 'ASC')
        .offset((query.page - 1) * query.pageSize)
        .limit(query.pageSize)
        .getMany();
      return { keys, total };
    });
  }

  /**
   * How many keys users have; users without any are left out.
   * @throws GatehouseError `database_unavailable`
   */
  async countByUser(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (userIds.length === 0) return new Map();
    const rows = await this.database.read((manager) =>
      manager
        .createQueryBuilder(VirtualKeyEntity, 'keys')
        .select('keys.userId', 'userId')
        .addSelect('count(*)::int', 'count')
        .where('keys.user_id = ANY (:userIds)', { userIds: [...userIds] })
        .groupBy('keys.userId')
        .getRawMany<{ userId: string; count: number }>(),
    );
    return new Map(rows.map(({ userId, count }) => [userId, count]));
  }
}

function restrict(builder: SelectQueryBuilder<VirtualKeyEntity>, query: KeyQuery): void {
  const { visibleTo, userId, teamId, organizationId, keyId, alias } = query;
  if (visibleTo !== undefined) {
    // A comparison with null is unknown and matches no row: a caller without a user id does not see
    // the keys without an owner.
    builder.andWhere('(keys.user_id = :ownUserId OR keys.token = :ownKeyId)', {
      ownUserId: visibleTo.userId,
      ownKeyId: visibleTo.keyId,
    });
  }
  if (userId !== undefined) {
    const maker = query.isMakerIncluded === true ? ' OR keys.created_by = :userId' : '';
    builder.andWhere(`(keys.user_id = :userId${maker})`, { userId });
  }
  if (teamId !== undefined) builder.andWhere('keys.team_id = :teamId', { teamId });
  if (organizationId !== undefined) {
    builder.andWhere('keys.organization_id = :organizationId', { organizationId });
  }
  if (keyId !== undefined) builder.andWhere('keys.token = :keyId', { keyId });
  if (alias !== undefined) builder.andWhere('keys.key_alias = :alias', { alias });
}
