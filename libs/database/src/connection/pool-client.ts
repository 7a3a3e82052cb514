import type pg from 'pg';
import { isConnectionLost } from './postgres-errors.js';
import { ServerClient } from './server-client.js';

/**
 * A connection that gives itself up when it is of no further use.
 *
 * - After a timeout `pg` would put the connection back into the pool with the old query still
 *   running, and the next query would wait behind it.
 * - A server that became a read-only standby keeps its connections open; only a new one finds its
 *   successor.
 * - PostgreSQL answers `COMMIT` in a failed transaction with `ROLLBACK` and no error. Code that
 *   caught the failure and went on would believe that everything was kept.
 */
export class PoolClient extends ServerClient {
  /** @param config as for `pg.Client` */
  constructor(config?: pg.ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...parts: unknown[]) => unknown;
    // The overloads of `query` return nothing when a callback is given; only promises are watched.
    this.query = ((...parts: unknown[]) => {
      const result = query(...parts);
      return isPromise(result) ? this.watch(parts[0], result) : result;
    }) as typeof this.query;
  }

  private async watch(text: unknown, result: Promise<unknown>): Promise<unknown> {
    try {
      const response = await result;
      if (text === 'COMMIT' && commandOf(response) === 'ROLLBACK') {
        throw new Error('the transaction had failed before its end; nothing was committed');
      }
      return response;
    } catch (error) {
      if (isConnectionLost(error)) void this.end();
      throw error;
    }
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function commandOf(response: unknown): unknown {
  return typeof response === 'object' && response !== null && 'command' in response
    ? response.command
    : null;
}
