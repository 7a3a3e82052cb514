import type { EntityManager, ObjectLiteral } from 'typeorm';
import type { EntityClass } from './connection/data-source.js';

/**
 * The ids of the rows of aliases, in order and two at most, because an alias that several rows share means none of
 * them: the first id and, where it is another, the last.
 * @param manager where the rows are read
 * @param table the rows, with a member `alias`, and the member that holds their id
 * @param aliases display names, compared byte by byte
 */
export async function idsByAlias(
  manager: EntityManager,
  table: { readonly entity: EntityClass; readonly id: string },
  aliases: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await manager
    .createQueryBuilder<ObjectLiteral>(table.entity, 'named')
    .select('named.alias', 'alias')
    .addSelect(`MIN(named.${table.id})`, 'first')
    .addSelect(`MAX(named.${table.id})`, 'last')
    .where('named.alias = ANY(:aliases)', { aliases: [...aliases] })
    .groupBy('named.alias')
    .getRawMany<{ alias: string; first: string; last: string }>();
  return new Map(rows.map(({ alias, first, last }) => [alias, [...new Set([first, last])]]));
}
