import { Injectable } from '@nestjs/common';
import { requireProxyAdmin, type AccessContext, type WithLimitsChange } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { Clock, GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import type {
  DeleteKeysRequest,
  GenerateKeyRequest,
  RegenerateNamedKeyRequest,
  UpdateKeyRequest,
} from './dto/key.request.js';
import type {
  DeletedKeysResponse,
  GeneratedKeyResponse,
  KeyResponse,
  UpdatedKeyResponse,
} from './dto/key.response.js';
import { keyChangesOf, newKeyOf, type KeyValuesRequest } from './dto/key-values.request.js';
import { takenKey, unknownKey } from './key-conflicts.js';
import { grantedKeyValues, mayReplaceKey, maySeeKey } from './key-permissions.js';
import { KeyPresentation, type PresentedKey } from './key-presentation.service.js';
import { KeyRules } from './key-rules.service.js';
import type { KeyValues } from './entities/key-record.js';
import { keyIdOf, namedKeyId, newKeyText } from './entities/key-text.js';
import { KeysService, type KeySelection } from './keys.service.js';

/**
 * What callers do to keys. The clear key is in the answer of the two methods that make one, and
 * nowhere else.
 */
@Injectable()
export class KeyAdministration {
  constructor(
    private readonly database: Database,
    private readonly keys: KeysService,
    private readonly presentation: KeyPresentation,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
    private readonly rules: KeyRules,
  ) {}

  /**
   * Makes a key: for administrators as they say, for an internal user one of its own.
   * @param access the caller's context
   * @throws GatehouseError `already_exists` for a key or alias that is there, `not_found` for an
   * unknown user, team or organisation, `route_not_allowed`, `model_not_allowed`
   */
  async generate(
    request: GenerateKeyRequest,
    access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    const completed = await this.rules.ofNew(request, access);
    const values = grantedKeyValues(access, newKeyOf(completed, this.clock.now()));
    return this.create(this.keyTextOf(request.key), values, access);
  }

  /**
   * Makes a key that belongs to a team and to none of its members, so that it outlives its maker.
   * @param request values of the key; its `user_id` is ignored
   * @param access an administrator's context
   * @throws GatehouseError as {@link generate}; `request_invalid` without a team
   */
  async generateForTeam(
    request: GenerateKeyRequest,
    access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    requireProxyAdmin(access);
    const completed = await this.rules.ofNew(request, access);
    if (typeof completed.team_id !== 'string') {
      throw new GatehouseError('request_invalid', {
        message: 'A service account belongs to a team; name it.',
        param: 'team_id',
      });
    }
    const values = {
      ...grantedKeyValues(access, newKeyOf(completed, this.clock.now())),
      userId: null,
    };
    return this.create(this.keyTextOf(request.key), values, access);
  }

  /**
   * Changes what the request names.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` for an unknown key, user, team or organisation,
   * `already_exists` for an alias
   *   of another key
   */
  async update(request: UpdateKeyRequest, access: AccessContext): Promise<UpdatedKeyResponse> {
    requireProxyAdmin(access);
    const changes = this.changesOf(request);
    const row = await this.database.write((unit) =>
      this.keys.update(unit, idOf(request.key), changes, auditActorOf(access)),
    );
    const { keyId, info } = await this.presentation.presentChanged(row);
    return { key: keyId, ...info, token: keyId };
  }

  /**
   * Blocks or unblocks a key; holds for every request that starts after this resolved.
   * @param key the key or its id
   * @param blocked whether it is refused
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async setBlocked(key: string, blocked: boolean, access: AccessContext): Promise<KeyResponse> {
    requireProxyAdmin(access);
    const row = await this.database.write((unit) =>
      this.keys.update(unit, idOf(key), { blocked }, auditActorOf(access)),
    );
    const { keyId, info } = await this.presentation.presentChanged(row);
    return { ...info, token: keyId };
  }

  /**
   * Gives a key another secret; the old one is refused from now on. Administrators may change the
   * key with it, an internal user renews its own as it is.
   * @param key the key or its id
   * @param request the new key and what changes
   * @param access the caller's context
   * @throws GatehouseError `not_found`, `already_exists`, `route_not_allowed`
   */
  async regenerate(
    key: string,
    request: RegenerateNamedKeyRequest,
    access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    const changes = this.changesOf(request);
    if (Object.keys(changes).length > 0) requireProxyAdmin(access);
    const keyText = this.keyTextOf(request.new_key);
    const row = await this.database.write(async (unit) => {
      const selection = { keyIds: [idOf(key)] };
      const [locked] = this.replaceable(await this.keys.lock(unit, selection), selection, access);
      if (locked === undefined) throw unknownKey();
      const rotation = { keyId: locked.keyId, keyText, changes };
      return this.keys.regenerate(unit, rotation, auditActorOf(access));
    });
    return generatedOf(keyText, await this.presentation.presentChanged(row));
  }

  /**
   * Deletes keys: all of them, or none when one is unknown or may not be deleted. What they spent
   * stays booked.
   * @param access the caller's context
   * @returns ids of the deleted keys
   * @throws GatehouseError `not_found`, `request_invalid` unless exactly one list names keys,
   * `route_not_allowed`
   */
  async remove(request: DeleteKeysRequest, access: AccessContext): Promise<DeletedKeysResponse> {
    const selection = selectionOf(request);
    const rows = await this.database.write(async (unit) => {
      const found = await this.keys.lock(unit, selection);
      const locked = this.replaceable(found, selection, access, listOf(selection));
      await this.keys.remove(unit, locked, auditActorOf(access));
      return locked;
    });
    return { deleted_keys: rows.map((row) => row.keyId) };
  }

  /** Administrators alone change values, so that a list of routes is theirs from then on. */
  private changesOf(request: KeyValuesRequest): WithLimitsChange<KeyValues> {
    const changes = keyChangesOf(this.rules.ofChange(request), this.clock.now());
    return changes.allowedRoutes === undefined ? changes : { ...changes, opensPrefixes: true };
  }

  /**
   * The master key is asked for before any other, so that a virtual key of that text would
   * administer.
   */
  private keyTextOf(chosen: string | null | undefined): string {
    if (typeof chosen !== 'string') return newKeyText();
    const { masterKey } = this.settings.current;
    if (masterKey !== null && keyIdOf(chosen) === keyIdOf(masterKey)) throw takenKey();
    return chosen;
  }

  private async create(
    keyText: string,
    values: KeyValues,
    access: AccessContext,
  ): Promise<GeneratedKeyResponse> {
    const actor = auditActorOf(access);
    const row = await this.database.write((unit) => this.keys.create(unit, keyText, values, actor));
    return generatedOf(keyText, await this.presentation.presentChanged(row));
  }

  /**
   * The rows that were found, if they are all that was asked for and the caller may put an end to
   * each.
   */
  private replaceable<Row extends Parameters<typeof mayReplaceKey>[1]>(
    rows: readonly Row[],
    selection: KeySelection,
    access: AccessContext,
    param?: string,
  ): readonly Row[] {
    const seen = rows.filter((row) => maySeeKey(access, row));
    if (seen.length < new Set(Object.values(selection).flat()).size) throw unknownKey(param);
    if (!seen.every((row) => mayReplaceKey(access, row))) {
      throw new GatehouseError('route_not_allowed');
    }
    return seen;
  }
}

function generatedOf(keyText: string, { keyId, info }: PresentedKey): GeneratedKeyResponse {
  return { ...info, key: keyText, token: keyId, token_id: keyId };
}

function selectionOf({ keys, key_aliases: aliases }: DeleteKeysRequest): KeySelection {
  const keyIds = (keys ?? []).map(idOf);
  const named = aliases ?? [];
  if ((keyIds.length === 0) === (named.length === 0)) {
    throw new GatehouseError('request_invalid', {
      message: 'Name the keys in one list, by keys or by key_aliases.',
      param: 'keys',
    });
  }
  return keyIds.length > 0 ? { keyIds } : { aliases: named };
}

/** The member of a request to delete keys that names them. */
function listOf(selection: KeySelection): 'keys' | 'key_aliases' {
  return 'keyIds' in selection ? 'keys' : 'key_aliases';
}

/** Bodies have been checked before; what names no key at all names an unknown one. */
function idOf(key: string): string {
  const keyId = namedKeyId(key);
  if (keyId === null) throw unknownKey();
  return keyId;
}
