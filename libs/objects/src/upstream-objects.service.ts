import { Injectable } from '@nestjs/common';
import { isStorableText, type AccessContext, type Attribution } from '#libs/access';
import { DAY_MS, GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { In, IsNull } from 'typeorm';
import { mayUseObject, ownerOf } from './object-access.js';
import { UpstreamObjectEntity, type ObjectKind } from './upstream-object.entity.js';

/** An object, as a request names it. */
export interface NamedObject {
  readonly kind: ObjectKind;
  readonly id: string;
  /** Member of the request that names it, for the refusal; left out for the path. */
  readonly param?: string;
}

/** An object, as the response of an upstream hands it out. */
export interface MadeObject {
  readonly kind: ObjectKind;
  readonly id: string;
}

/** Where objects were made, and for which caller. */
export interface ObjectOrigin {
  readonly attribution: Attribution;
  readonly deploymentId: string;
  /** The name by which the caller asked for the deployment. */
  readonly modelGroup: string;
}

/** A page of a list. */
export interface ObjectPage {
  /** The last id of the page before; `null` for the first page. */
  readonly after: string | null;
  readonly isAscending: boolean;
  readonly limit: number;
}

/** An object that a caller may use. */
export type UpstreamObject = Pick<
  UpstreamObjectEntity,
  'kind' | 'upstreamId' | 'deploymentId' | 'modelGroup'
>;

/** The caller, as far as it decides about objects. */
export type ObjectCaller = Pick<AccessContext, 'attribution' | 'role'>;

/** What is made of an object belongs to the callers of that object. */
const BIND_BESIDE = `
  INSERT INTO upstream_objects (kind, upstream_id, deployment_id, model_group, organization_id, team_id,
    user_id, key_id, issuer, subject, ends_at)
  SELECT i.kind, i.id, o.deployment_id, o.model_group, o.organization_id, o.team_id, o.user_id, o.key_id,
    o.issuer, o.subject, i.ends_at
  FROM upstream_objects o
  CROSS JOIN unnest($4::text[], $5::text[], $6::timestamptz[]) AS i (kind, id, ends_at)
  WHERE o.kind = $1 AND o.upstream_id = $2 AND o.deployment_id = $3
  ON CONFLICT DO NOTHING`;

/** Objects of a caller with a user are those of that user, by any credential; without one they are those of the credential. */
const ownPage = (isAscending: boolean): string => `
  SELECT o.kind, o.upstream_id AS "upstreamId", o.deployment_id AS "deploymentId", o.model_group AS "modelGroup"
  FROM upstream_objects o
  WHERE o.kind = $1 AND o.deleted_at IS NULL
    AND (o.organization_id, o.team_id, o.user_id) IS NOT DISTINCT FROM ($2::text, $3::text, $4::text)
    AND ($4::text IS NOT NULL
      OR (o.key_id, o.issuer, o.subject) IS NOT DISTINCT FROM ($5::text, $6::text, $7::text))
    AND ($8::text IS NULL OR (o.created_at, o.upstream_id) ${isAscending ? '>' : '<'} (
      SELECT c.created_at, c.upstream_id FROM upstream_objects c
      WHERE c.kind = $1 AND c.upstream_id = $8
        AND (c.organization_id, c.team_id, c.user_id) IS NOT DISTINCT FROM ($2::text, $3::text, $4::text)
      ORDER BY c.created_at ${isAscending ? 'ASC' : 'DESC'} LIMIT 1))
  ORDER BY o.created_at ${isAscending ? 'ASC, o.upstream_id ASC' : 'DESC, o.upstream_id DESC'} LIMIT $9`;

/** What upstreams remove by themselves. */
const ENDING: ReadonlySet<ObjectKind> = new Set([
  ...(['audio', 'container', 'item', 'response', 'unkept_item'] as const),
]);
/** An id is part of a path. Those of providers are shorter. */
const MAX_ID_LENGTH = 512;
/** A file of requests may name thousands. */
const IDS_PER_READ = 500;

/**
 * Whose the objects are that upstreams keep. Everything is read from the database, so that what one replica has bound, every
 * replica knows.
 */
@Injectable()
export class UpstreamObjectsService {
  /** @param settings names the callers that users share their objects with, and for how long ids are kept */
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Binds objects to the caller who has made them. Must be awaited before their ids reach a client. An id that the same
   * deployment has given out before stays with its first caller.
   * @throws GatehouseError `database_unavailable`
   */
  async bind(made: readonly MadeObject[], origin: ObjectOrigin): Promise<void> {
    const { attribution, deploymentId, modelGroup } = origin;
    const owner = ownerOf(attribution);
    const rows = made
      .filter(({ id }) => isId(id))
      .map(({ kind, id }) => ({
        ...{ kind, upstreamId: id, deploymentId, modelGroup, endsAt: this.endOf(kind) },
        ...owner,
      }));
    if (rows.length === 0) return;
    await this.database.write(({ manager }) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(UpstreamObjectEntity)
        .values(rows)
        .orIgnore()
        .execute(),
    );
  }

  /**
   * Binds objects to the callers of another object, of which they were made.
   * @throws GatehouseError `database_unavailable`
   */
  async bindBeside(
    { kind, upstreamId, deploymentId }: UpstreamObject,
    made: readonly MadeObject[],
  ): Promise<void> {
    const rows = made.filter(({ id }) => isId(id));
    if (rows.length === 0) return;
    const columns = [
      rows.map((one) => one.kind),
      rows.map(({ id }) => id),
      rows.map((one) => this.endOf(one.kind)),
    ];
    await this.database.write(({ manager }) =>
      manager.query(BIND_BESIDE, [kind, upstreamId, deploymentId, ...columns]),
    );
  }

  /**
   * Returns the objects that a caller has made, of one kind, one page of them. Those that others share with the caller are not among
   * them.
   * @throws GatehouseError `database_unavailable`
   */
  async ownPage(
    kind: ObjectKind,
    { after, isAscending, limit }: ObjectPage,
    { attribution }: Pick<ObjectCaller, 'attribution'>,
  ): Promise<readonly UpstreamObject[]> {
    if (after !== null && !isId(after)) return [];
    const { organizationId, teamId, userId, keyId, issuer, subject } = ownerOf(attribution);
    const owner = [organizationId, teamId, userId, keyId, issuer, subject];
    const values = [kind, ...owner, after, limit];
    return this.database.read((manager) => manager.query(ownPage(isAscending), values));
  }

  /**
   * Returns the objects that a caller names, in their order. Of two deployments that have given out the same id, the later object
   * counts.
   * @throws GatehouseError `not_found` in the same words for an unknown id, a deleted object and one of another caller;
   * `database_unavailable`
   */
  async getAll(
    named: readonly NamedObject[],
    caller: ObjectCaller,
  ): Promise<readonly UpstreamObject[]> {
    const { sharedWith } = this.settings.current.objects;
    const found: UpstreamObject[] = [];
    for (let start = 0; start < named.length; start += IDS_PER_READ) {
      const part = named.slice(start, start + IDS_PER_READ);
      const own = new Map<string, UpstreamObject>();
      for (const row of await this.rowsOf(part)) {
        const name = nameOf(namedKind(row.kind), row.upstreamId);
        if (!own.has(name) && mayUseObject(row, caller, sharedWith)) own.set(name, row);
      }
      for (const one of part) {
        const row = own.get(nameOf(one.kind, one.id));
        if (row === undefined) throw unknownObject(one);
        found.push(row);
      }
    }
    return found;
  }

  /**
   * Notes that an upstream has removed an object. Its id stays bound, so that it never becomes that of another caller.
   * @throws GatehouseError `database_unavailable`
   */
  async markDeleted({ kind, upstreamId, deploymentId }: UpstreamObject): Promise<void> {
    await this.database.write(({ manager }) =>
      manager.update(
        UpstreamObjectEntity,
        { kind, upstreamId, deploymentId, deletedAt: IsNull() },
        { deletedAt: () => 'now()' },
      ),
    );
  }

  private endOf(kind: ObjectKind): Date | null {
    const { keptDays } = this.settings.current.objects;
    return ENDING.has(kind) ? new Date(Date.now() + keptDays * DAY_MS) : null;
  }

  private rowsOf(named: readonly NamedObject[]): Promise<UpstreamObjectEntity[]> {
    const ids = [...new Set(named.map(({ id }) => id).filter(isId))];
    const kinds = [...new Set(named.flatMap(({ kind }) => kindsNamed(kind)))];
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.read((manager) =>
      manager.find(UpstreamObjectEntity, {
        where: { kind: In(kinds), upstreamId: In(ids), deletedAt: IsNull() },
        order: { createdAt: 'DESC', deploymentId: 'ASC' },
      }),
    );
  }
}

function nameOf(kind: ObjectKind, id: string): string {
  return `${kind} ${id}`;
}

/** The kinds of rows that a name of one kind stands for. */
function kindsNamed(kind: ObjectKind): readonly ObjectKind[] {
  return kind === 'item' ? ['item', 'unkept_item'] : [kind];
}

function namedKind(kind: ObjectKind): ObjectKind {
  return kind === 'unkept_item' ? 'item' : kind;
}

/** Other text is bound to no caller. */
function isId(text: string): boolean {
  return isStorableText(text, MAX_ID_LENGTH);
}

/** Says the same of an unknown id and of another caller's: an id must not be found out by trying. */
export function unknownObject({ kind, param }: NamedObject): GatehouseError {
  const name = kind.replaceAll('_', ' ');
  return new GatehouseError('not_found', {
    message: `There is no ${name} of that id here, or it was made by another caller.`,
    ...(param === undefined ? {} : { param }),
  });
}
