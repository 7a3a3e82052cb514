import { Injectable } from '@nestjs/common';
import { isMailAddress } from '#libs/common';
import { KeysService } from '#libs/keys';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import type { BudgetAlert } from './alert-message.js';

/** The two ids that a scope with a joined id may mean; both may hold a colon. */
type Halves = readonly [string, string];

/** Finds the user whose budget an alert is about. */
@Injectable()
export class AlertPeople {
  constructor(
    private readonly users: UsersService,
    private readonly keys: KeysService,
    private readonly teams: TeamsService,
  ) {}

  /**
   * Returns the address of the user that an alert is about: of the user itself, of the holder of a key, of a member.
   * Returns `null` when it is about something else, the address is not known, or the id could mean two users.
   * @throws GatehouseError `database_unavailable`
   */
  async addressOf(alert: Pick<BudgetAlert, 'scope' | 'id'>): Promise<string | null> {
    const addresses = await this.addressesOf(alert);
    const [address] = addresses;
    return addresses.length === 1 && address !== undefined && isMailAddress(address)
      ? address
      : null;
  }

  private async addressesOf({ scope, id }: Pick<BudgetAlert, 'scope' | 'id'>): Promise<string[]> {
    switch (scope) {
      case 'user':
        return this.existing([id]);
      case 'user_model':
        return this.existing(halvesOf(id).map(([userId]) => userId));
      case 'team_member':
        return this.existing(await this.membersOf(halvesOf(id)));
      case 'key':
      case 'key_model':
        return this.existing(await this.holderOf(id.split(':')[0] ?? ''));
      default:
        return [];
    }
  }

  private async existing(userIds: readonly string[]): Promise<string[]> {
    const found = await Promise.all(userIds.map((userId) => this.users.find(userId)));
    return found.filter((user) => user !== null).map(({ email }) => email ?? '');
  }

  private async membersOf(halves: readonly Halves[]): Promise<readonly string[]> {
    const teams = await Promise.all(halves.map(([teamId]) => this.teams.find(teamId)));
    return halves.filter((_, place) => teams[place] !== null).map(([, userId]) => userId);
  }

  private async holderOf(keyId: string): Promise<readonly string[]> {
    // A regenerated key is counted as the first of its ids.
    const known = await this.keys.find(keyId);
    const presentId = known === null ? await this.keys.regenerated(keyId) : null;
    const key = presentId === null ? known : await this.keys.find(presentId);
    const userId = key?.userId ?? null;
    return userId === null ? [] : [userId];
  }
}

function halvesOf(id: string): readonly Halves[] {
  return [...id.matchAll(/:/g)].map(({ index }): Halves => [
    id.slice(0, index),
    id.slice(index + 1),
  ]);
}
