import { Injectable } from '@nestjs/common';
import { UNLIMITED, type AccessContext } from '#libs/access';
import type { AuditActor } from '#libs/audit';
import type { UnitOfWork } from '#libs/database';
import {
  KeyListing,
  KeyPresentation,
  KeysService,
  newKeyText,
  visibleKeys,
  type KeyInfoRow,
  type KeyResponse,
  type KeySelection,
  type VirtualKeyEntity,
} from '#libs/keys';

/** Most keys that the answer about one team or user shows; `GET /key/list` shows the others page by page. */
const MAX_KEYS = 100;

const PLAIN_KEY = {
  teamId: null,
  organizationId: null,
  allowedRoutes: [],
  metadata: {},
  limits: UNLIMITED,
  blocked: false,
  expiresAt: null,
};

/** A new key with its clear text, which is shown once. */
export interface MadeKey {
  /** Secret. */
  readonly keyText: string;
  readonly row: VirtualKeyEntity;
}

/** The virtual keys that belong to teams, users and organisations. */
@Injectable()
export class OwnedKeys {
  constructor(
    private readonly keys: KeysService,
    private readonly listing: KeyListing,
    private readonly presentation: KeyPresentation,
  ) {}

  /**
   * The newest keys of a team that the caller may see, a hundred at most, without their ids.
   * @param access the caller's context
   * @throws GatehouseError `database_unavailable`
   */
  async ofTeam(teamId: string, access: AccessContext): Promise<KeyInfoRow[]> {
    const visibleTo = visibleKeys(access);
    const rows = await this.newest({ teamId, ...(visibleTo !== null && { visibleTo }) });
    return (await this.presentation.present(rows)).map(({ info }) => info);
  }

  /**
   * The newest keys of a user, a hundred at most.
   * @throws GatehouseError `database_unavailable`
   */
  async ofUser(userId: string): Promise<KeyResponse[]> {
    const keys = await this.presentation.present(await this.newest({ userId }));
    return keys.map(({ keyId, info }) => ({ ...info, token: keyId }));
  }

  /**
   * How many keys users have; users without any are left out.
   * @throws GatehouseError `database_unavailable`
   */
  countByUser(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.listing.countByUser(userIds);
  }

  /**
   * Makes a key of a user who is made in the same transaction.
   * @param values what the key is; no team and no expiry
   * @param actor who makes the user
   * @throws GatehouseError `already_exists` for an alias of another key
   */
  async create(
    unit: UnitOfWork,
    values: Pick<VirtualKeyEntity, 'userId' | 'alias' | 'models'>,
    actor: AuditActor,
  ): Promise<MadeKey> {
    const keyText = newKeyText();
    const row = await this.keys.create(unit, keyText, { ...PLAIN_KEY, ...values }, actor);
    return { keyText, row };
  }

  /** Locks every key of owners who are locked already, so that no new one can come. */
  async lock(
    unit: UnitOfWork,
    ...selections: readonly KeySelection[]
  ): Promise<VirtualKeyEntity[]> {
    const rows = new Map<string, VirtualKeyEntity>();
    for (const selection of selections) {
      for (const row of await this.keys.lock(unit, selection)) rows.set(row.keyId, row);
    }
    return [...rows.values()];
  }

  /**
   * Deletes locked keys. Comes before their owners are deleted, which the database would refuse otherwise.
   * @param rows what {@link lock} returned
   * @param actor who deletes the owners
   */
  remove(unit: UnitOfWork, rows: readonly VirtualKeyEntity[], actor: AuditActor): Promise<void> {
    return this.keys.remove(unit, rows, actor);
  }

  private async newest(
    filter: Omit<Parameters<KeyListing['page']>[0], 'page' | 'pageSize' | 'isDescending'>,
  ): Promise<VirtualKeyEntity[]> {
    const query = { ...filter, page: 1, pageSize: MAX_KEYS, isDescending: true };
    return (await this.listing.page(query)).keys;
  }
}
