import { Injectable } from '@nestjs/common';
import { isMailAddress } from '#libs/common';
import { KeysService } from '#libs/keys';
import { pairOf } from '#libs/spend';
import { UsersService } from '#libs/users';
import type { BudgetAlert } from './alert-message.js';

/** Finds the user whose budget an alert is about. */
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
  async addressOf(alert: Pick<BudgetAlert, 'scope' | 'id'>): Promise<string | null> {
    const userId = await this.userOf(alert);
    const user = userId === null ? null : await this.users.find(userId);
    const address = user?.email ?? '';
    return isMailAddress(address) ? address : null;
  }

  private async userOf({ scope, id }: Pick<BudgetAlert, 'scope' | 'id'>): Promise<string | null> {
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
        return this.holderOf(id);
      case 'key_model':
        return first === null ? null : this.holderOf(first);
      default:
        return null;
    }
  }

  private async holderOf(keyId: string): Promise<string | null> {
    // A regenerated key is counted as the first of its ids.
    const known = await this.keys.find(keyId);
    const presentId = known === null ? await this.keys.regenerated(keyId) : null;
    const key = presentId === null ? known : await this.keys.find(presentId);
    return key?.userId ?? null;
  }
}
