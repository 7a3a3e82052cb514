import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import type { ObjectKind } from './upstream-object.entity.js';
import {
  UpstreamObjectsService,
  type MadeObject,
  type UpstreamObject,
} from './upstream-objects.service.js';

/** An object of which something is to be booked, or was. */
export type PendingObject = UpstreamObject & { readonly pending: object };

type ObjectKey = Pick<UpstreamObject, 'upstreamId' | 'deploymentId'>;

const COLUMNS = `o.kind, o.upstream_id AS "upstreamId", o.deployment_id AS "deploymentId",
  o.model_group AS "modelGroup", o.pending`;
const MAX_CLAIMED = 50;

/** One process asks about an object at a time: each claim moves its next question on. */
const CLAIM = `
  UPDATE upstream_objects o SET poll_at = $3
  FROM (SELECT kind, upstream_id, deployment_id FROM upstream_objects
    WHERE kind = $1 AND poll_at <= $2 ORDER BY poll_at LIMIT ${String(MAX_CLAIMED)}
    FOR UPDATE SKIP LOCKED) AS due
  WHERE (o.kind, o.upstream_id, o.deployment_id) = (due.kind, due.upstream_id, due.deployment_id)
  RETURNING ${COLUMNS}`;

const PENDING = `
  SELECT ${COLUMNS} FROM upstream_objects o
  JOIN unnest($2::text[], $3::text[]) AS i (upstream_id, deployment_id) USING (upstream_id, deployment_id)
  WHERE o.kind = $1 AND o.pending IS NOT NULL`;

const SET = `
  UPDATE upstream_objects SET pending = $4::jsonb, poll_at = $5
  WHERE kind = $1 AND upstream_id = $2 AND deployment_id = $3 RETURNING kind`;

/** Objects whose cost is known when they have ended. */
@Injectable()
export class PendingObjectsService {
  constructor(
    private readonly database: Database,
    private readonly objects: UpstreamObjectsService,
  ) {}

  /**
   * Notes what is to be booked for an object.
   * @param pollAt when the upstream is asked first
   * @throws GatehouseError `database_unavailable`; Error when the object is not bound
   */
  async begin(object: UpstreamObject, pending: object, pollAt: Date): Promise<void> {
    if (!(await this.set(object, pending, pollAt))) throw new Error('it is not bound to a caller');
  }

  /** Notes what was booked for an object, about which no upstream is asked any more. */
  async settled(object: UpstreamObject, pending: object): Promise<void> {
    await this.set(object, pending, null);
  }

  /**
   * Returns objects that are due, each to one process.
   * @param next when each of them is due again
   */
  async claimDue(kind: ObjectKind, now: Date, next: Date): Promise<readonly PendingObject[]> {
    const [rows] = await this.database.background<[PendingObject[], number]>(({ manager }) =>
      manager.query(CLAIM, [kind, now, next]),
    );
    return rows;
  }

  /** Returns those of some objects of which something is to be booked, or was. */
  async pending(kind: ObjectKind, keys: readonly ObjectKey[]): Promise<readonly PendingObject[]> {
    const ids = keys.map(({ upstreamId }) => upstreamId);
    const deployments = keys.map(({ deploymentId }) => deploymentId);
    return this.database.read((manager) => manager.query(PENDING, [kind, ids, deployments]));
  }

  /** Binds objects to the callers of another object. */
  bindBeside(object: UpstreamObject, made: readonly MadeObject[]): Promise<void> {
    return this.objects.bindBeside(object, made);
  }

  private async set(
    { kind, upstreamId, deploymentId }: UpstreamObject,
    pending: object,
    pollAt: Date | null,
  ): Promise<boolean> {
    const values = [kind, upstreamId, deploymentId, JSON.stringify(pending), pollAt];
    const [rows] = await this.database.write<[unknown[], number]>(({ manager }) =>
      manager.query(SET, values),
    );
    return rows.length > 0;
  }
}
