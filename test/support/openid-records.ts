import type { Adapter, AdapterPayload } from 'oidc-provider';

/** What several provider objects remember in common, so that a new signing key forgets no session and no grant. */
export type OpenIdRecordStore = Map<string, AdapterPayload>;

/** The memory of one kind of record of an OpenID provider under test. Nothing expires: tests are short. */
export class OpenIdRecords implements Adapter {
  /** @param kind name of the records */
  constructor(
    private readonly kind: string,
    private readonly store: OpenIdRecordStore,
  ) {}

  /** Keeps a record. */
  upsert(id: string, payload: AdapterPayload): Promise<undefined> {
    this.store.set(this.keyOf(id), payload);
    return Promise.resolve(undefined);
  }

  /** The record of an id. */
  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.store.get(this.keyOf(id)));
  }

  /** The session of a uid. */
  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.records().find((record) => record.uid === uid));
  }

  /** The device flow's record of a code. */
  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.records().find((record) => record.userCode === userCode));
  }

  /** Marks a record as used. */
  consume(id: string): Promise<undefined> {
    const record = this.store.get(this.keyOf(id));
    if (record !== undefined) record.consumed = Math.floor(Date.now() / 1000);
    return Promise.resolve(undefined);
  }

  /** Forgets a record. */
  destroy(id: string): Promise<undefined> {
    this.store.delete(this.keyOf(id));
    return Promise.resolve(undefined);
  }

  /** Forgets what came of a grant. */
  revokeByGrantId(grantId: string): Promise<undefined> {
    for (const [key, record] of this.store) {
      if (record.grantId === grantId) this.store.delete(key);
    }
    return Promise.resolve(undefined);
  }

  private keyOf(id: string): string {
    return `${this.kind}:${id}`;
  }

  private records(): AdapterPayload[] {
    return [...this.store].filter(([key]) => key.startsWith(`${this.kind}:`)).map(([, one]) => one);
  }
}
