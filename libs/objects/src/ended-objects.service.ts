import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, Turns, within } from '#libs/common';
import { Database } from '#libs/database';

const INTERVAL_MS = 600_000;
const LAST_RUN_LIMIT_MS = 1_000;
/** Rows that one statement deletes, so that none holds locks for long. */
const STEP_ROWS = 1_000;
/** Statements of one run, so that no run takes long. What is left is for the next one. */
const MOST_STEPS = 50;

/** An object that is still to be booked stays until that is done. */
const DELETE_ENDED = `
  DELETE FROM upstream_objects o USING (
    SELECT kind, upstream_id, deployment_id FROM upstream_objects
    WHERE ends_at <= $1 AND poll_at IS NULL
    ORDER BY ends_at LIMIT ${String(STEP_ROWS)} FOR UPDATE SKIP LOCKED) AS ended
  WHERE (o.kind, o.upstream_id, o.deployment_id) = (ended.kind, ended.upstream_id, ended.deployment_id)`;

/** Requests whose keys are free again. */
const DELETE_CLAIMS = `
  DELETE FROM request_claims WHERE key_digest IN (
    SELECT key_digest FROM request_claims WHERE ends_at <= $1
    ORDER BY ends_at LIMIT ${String(STEP_ROWS)} FOR UPDATE SKIP LOCKED)`;

/** Forgets the objects that upstreams have removed, and the requests of which no repeat is expected. */
@Injectable()
export class EndedObjectsService implements OnModuleDestroy {
  private readonly logger = new Logger('UpstreamObjects');
  private readonly runs = new Turns();

  /** @param clock tells which objects have ended */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Waits a second for a run that is under way. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_RUN_LIMIT_MS, this.runs.idle);
  }

  /** Deletes rows that have ended, in steps. One run at a time; a database that is away is left alone. */
  @Interval('objects.prune', INTERVAL_MS)
  async prune(): Promise<void> {
    await this.runs.take(async () => {
      await this.pruneBy(DELETE_ENDED);
      await this.pruneBy(DELETE_CLAIMS);
    });
  }

  private async pruneBy(statement: string): Promise<void> {
    const now = this.clock.now();
    try {
      for (let step = 0; step < MOST_STEPS; step += 1) {
        const [, deleted] = await this.database.background<[unknown[], number]>(({ manager }) =>
          manager.query(statement, [now]),
        );
        if (deleted < STEP_ROWS) return;
      }
    } catch (error) {
      this.logger.warn(`ended rows were not deleted: ${String(error)}`);
    }
  }
}
