import { describeWithPostgres, type PostgresServer } from './postgres.js';

/**
 * The same suite on the embedded database and on a real PostgreSQL; the latter is reported as
 * skipped, with the reason, where the machine has none.
 * @param body gets a function that gives the address of a fresh database, `undefined` for embedded
 */
export function describeOnEachDatabase(
  name: string,
  body: (freshDatabase: () => Promise<string | undefined>) => void,
): void {
  describe(`${name}, on the embedded database`, () => {
    body(() => Promise.resolve(undefined));
  });
  describeWithPostgres(`${name}, on PostgreSQL`, (server: () => PostgresServer) => {
    body(() => server().createDatabase());
  });
}
