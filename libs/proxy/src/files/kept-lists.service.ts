import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { UpstreamObjectsService, type ObjectPage, type UpstreamObject } from '#libs/objects';
import { keeperOf } from '../routing/file-upstreams.js';
import { BatchSettlementsService } from '../settlement/batch-settlements.service.js';
import { UpstreamFilesService } from '../settlement/upstream-files.service.js';

/** Kinds of objects that have a list, by the path at which upstreams have them. */
const LISTED_KINDS = {
  file: '/files',
  batch: '/batches',
  fine_tuning_job: '/fine_tuning/jobs',
  vector_store: '/vector_stores',
  container: '/containers',
} as const;

/** A kind of object that has a list. */
export type ListedKind = keyof typeof LISTED_KINDS;

type Shown = Readonly<Record<string, unknown>>;

/** A list as OpenAI has it. */
export interface KeptList {
  readonly object: 'list';
  readonly data: readonly Shown[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** Questions to an upstream at once. */
const AT_ONCE = 8;

/** Lists the objects that callers have made, each as its upstream shows it now. Objects of other callers are never asked for. */
@Injectable()
export class KeptListsService {
  constructor(
    private readonly objects: UpstreamObjectsService,
    private readonly files: UpstreamFilesService,
    private readonly settlements: BatchSettlementsService,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Returns a page. Objects that an upstream has removed are left out.
   * @param isWanted tells which objects the caller asks for
   * @throws GatehouseError `upstream_unreachable`, `database_unavailable`
   */
  async page(
    kind: ListedKind,
    page: ObjectPage,
    access: AccessContext,
    isWanted: (shown: Shown) => boolean = () => true,
  ): Promise<KeptList> {
    const data: Shown[] = [];
    let { after } = page;
    let hasMore = true;
    while (hasMore && data.length < page.limit) {
      const limit = page.limit - data.length;
      const found = await this.objects.ownPage(kind, { ...page, after, limit: limit + 1 }, access);
      hasMore = found.length > limit;
      const wanted = found.slice(0, limit);
      data.push(...(await this.shown(kind, wanted)).filter(isWanted));
      after = wanted.at(-1)?.upstreamId ?? null;
    }
    const idOf = (one: Shown | undefined): string | null =>
      typeof one?.['id'] === 'string' ? one['id'] : null;
    const ends = { first_id: idOf(data[0]), last_id: idOf(data.at(-1)) };
    return { object: 'list', data, ...ends, has_more: hasMore };
  }

  private async shown(kind: ListedKind, objects: readonly UpstreamObject[]): Promise<Shown[]> {
    const found: (Shown | null)[] = [];
    for (let first = 0; first < objects.length; first += AT_ONCE) {
      const some = objects.slice(first, first + AT_ONCE);
      found.push(...(await Promise.all(some.map((one) => this.one(kind, one)))));
    }
    return found.filter((one) => one !== null);
  }

  private async one(kind: ListedKind, object: UpstreamObject): Promise<Shown | null> {
    const deployment = keeperOf(object, this.settings.current);
    if (deployment === null) return null;
    const path = `${LISTED_KINDS[kind]}/${encodeURIComponent(object.upstreamId)}`;
    const asked = await this.files.ask(deployment, path);
    if (asked.kind === 'failed')
      throw new GatehouseError('upstream_unreachable', {
        context: { deployment: deployment.id, failure: asked.reason },
      });
    if (asked.kind === 'gone') return null;
    if (kind === 'batch') await this.settlements.noticed(object, asked.shown);
    return asked.shown;
  }
}
