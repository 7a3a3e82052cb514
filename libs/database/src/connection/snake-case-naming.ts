import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

/** Columns are named like their property, in snake case: `teamId` is `team_id`. Explicit names win. */
export class SnakeCaseNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  /**
   * Name of a column.
   * @param propertyName name in the entity
   * @param customName explicit name, which wins; empty when there is none
   * @param embeddedPrefixes names of the embedding properties
   */
  override columnName(
    propertyName: string,
    customName: string,
    embeddedPrefixes: string[],
  ): string {
    // TypeORM passes undefined, too, for a column without explicit name.
    const own = customName ? customName : snakeCase(propertyName);
    return [...embeddedPrefixes.map(snakeCase), own].filter((part) => part !== '').join('_');
  }

  /**
   * Name of a table: that of the entity decorator, else the class in snake case.
   * @param targetName name of the class
   * @param userSpecifiedName name of the decorator
   */
  override tableName(targetName: string, userSpecifiedName: string | undefined): string {
    return userSpecifiedName ?? snakeCase(targetName);
  }
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
