import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import type { SelectQueryBuilder } from 'typeorm';
import type { UserQuery, UserSortField } from './entities/user-query.js';
import { UserEntity } from './entities/user.entity.js';

/** One page of users. */
export interface UserPage {
  readonly users: UserEntity[];
  /** Users on all pages. */
  readonly total: number;
}

const SORT_EXPRESSIONS: Record<UserSortField, string> = {
  user_id: 'users.user_id',
  user_email: 'lower(users.user_email)',
  user_alias: 'users.user_alias',
  user_role: 'users.user_role',
  created_at: 'users.created_at',
  spend: 'coalesce(totals.spend_usd, 0)',
};

/** Lists users page by page, filtered and sorted in SQL. */
@Injectable()
export class UserListing {
  constructor(private readonly database: Database) {}

  /**
   * One page of users and the number of users on all pages.
   *
   * Sorting by spend goes by the reporting view `gatehouse_spend_totals`, so spend of the last
   * moments, which is in the journal but not flushed yet, does not influence the order.
   * @param query filter, order and page
   * @throws GatehouseError `database_unavailable`
   */
  async page(query: UserQuery): Promise<UserPage> {
    return this.database.read(async (manager) => {
      const builder = manager.createQueryBuilder(UserEntity, 'users');
      restrict(builder, query);
      const total = await builder.getCount();
      if (query.sortBy === 'spend') {
        builder.leftJoin(
          'gatehouse_spend_totals',
          'totals',
          `totals.scope = 'user' AND totals.id = users.user_id`,
        );
      }
      const direction = (query.isDescending ?? query.sortBy === undefined) ? 'DESC' : 'ASC';
      const users = await builder
        .addSelect(SORT_EXPRESSIONS[query.sortBy ?? 'created_at'], 'sort_value')
        .orderBy('sort_value', direction, 'NULLS LAST')
        .addOrderBy('users.user_id', 'ASC')
        .offset((query.page - 1) * query.pageSize)
        .limit(query.pageSize)
        .getMany();
      return { users, total };
    });
  }
}

function restrict(builder: SelectQueryBuilder<UserEntity>, query: UserQuery): void {
  if (query.role !== undefined) builder.andWhere('users.role = :role', { role: query.role });
  if (query.userIds !== undefined) {
    builder.andWhere('users.user_id = ANY(:userIds)', { userIds: [...query.userIds] });
  }
  if (query.userIdPart !== undefined) {
    builder.andWhere('users.user_id LIKE :idPattern', { idPattern: containing(query.userIdPart) });
  }
  if (query.emailPart !== undefined) {
    builder.andWhere('lower(users.user_email) LIKE lower(:emailPattern)', {
      emailPattern: containing(query.emailPart),
    });
  }
}

/** A LIKE pattern for "contains", in which the text's own wildcards stand for themselves. */
function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
