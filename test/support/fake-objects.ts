import {
  mayUseObject,
  ownerOf,
  unknownObject,
  type MadeObject,
  type NamedObject,
  type ObjectCaller,
  type ObjectOrigin,
  type ObjectOwner,
  type UpstreamObject,
} from '#libs/objects';

/** What upstreams keep, in memory and in the order in which it was bound. */
export class FakeObjects {
  readonly bound: (UpstreamObject & { readonly owner: ObjectOwner })[] = [];
  /** Awaited before objects count as bound. */
  beforeBind: (() => Promise<void>) | null = null;

  async bind(made: readonly MadeObject[], origin: ObjectOrigin): Promise<void> {
    await this.beforeBind?.();
    const { attribution, deploymentId, modelGroup } = origin;
    for (const { kind, id } of made)
      this.bound.push({
        ...{ kind, upstreamId: id, deploymentId, modelGroup },
        owner: ownerOf(attribution),
      });
  }

  getAll(named: readonly NamedObject[], caller: ObjectCaller): Promise<readonly UpstreamObject[]> {
    return Promise.all(named.map((one) => this.get(one, caller)));
  }

  private get(named: NamedObject, caller: ObjectCaller): Promise<UpstreamObject> {
    const found = this.bound.find(
      ({ kind, upstreamId, owner }) =>
        kind.replace('unkept_', '') === named.kind &&
        upstreamId === named.id &&
        mayUseObject(owner, caller, 'user'),
    );
    return found === undefined ? Promise.reject(unknownObject(named)) : Promise.resolve(found);
  }

  markDeleted(object: UpstreamObject): Promise<void> {
    const index = this.bound.findIndex(({ upstreamId }) => upstreamId === object.upstreamId);
    if (index >= 0) this.bound.splice(index, 1);
    return Promise.resolve();
  }
}
