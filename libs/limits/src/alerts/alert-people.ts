import { Injectable } from '@nestjs/common';
import { isMailAddress } from '#libs/common';
import { KeysService, type VirtualKeyEntity } from '#libs/keys';
import { pairOf } from '#libs/spend';
import { UsersService } from '#libs/users';
import type { AlertKey, BudgetAlert } from './alert-message.js';

type AlertSubject = Pick<BudgetAlert, 'scope' | 'id'>;

/** Finds the user and the key whose budget an alert is about. */
@Injectable()
export class AlertPeople {
  constructor(
    private readonly users: UsersService,
    private readonly keys: KeysService,
  ) {}

  /**
   * Returns the address of the user that an alert is about: of the user itself, of the holder of a key, of a member.
   * Returns `null` when it is about something else or the address is not known.
   * @throws GatehouseError `database_unavailable`
   */
  async addressOf(alert: AlertSubject): Promise<string | null> {
    const userId = await this.userOf(alert);
    const user = userId === null ? null : await this.users.find(userId);
    const address = user?.email ?? '';
    return isMailAddress(address) ? address : null;
  }

  /**
   * Returns what people know the key by that an alert is about; `null` when it is about something else or the key was deleted.
   * @throws GatehouseError `database_unavailable`
   */
  async keyOf(alert: AlertSubject): Promise<AlertKey | null> {
    const row = await this.keyRowOf(alert);
    return row === null ? null : { alias: row.alias, name: row.name };
  }

  private async userOf({ scope, id }: AlertSubject): Promise<string | null> {
    const [first, second] = pairOf(id) ?? [null, null];
    switch (scope) {
      case 'user':
        return id;
      case 'user_model':
        return first;
      case 'team_member':
      case 'org_member':
        return second;
      case 'key':
      case 'key_model':
        return (await this.keyRowOf({ scope, id }))?.userId ?? null;
      default:
        return null;
    }
  }

  private async keyRowOf({ scope, id }: AlertSubject): Promise<VirtualKeyEntity | null> {
    const keyId = scope === 'key_model' ? pairOf(id)?.[0] : scope === 'key' ? id : null;
    return keyId ? this.keys.findCounted(keyId) : null;
  }
}
