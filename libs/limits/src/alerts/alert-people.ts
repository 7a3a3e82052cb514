import { Injectable } from '@nestjs/common';
import { isMailAddress } from '#libs/common';
import { KeysService } from '#libs/keys';
import { OrganizationsService } from '#libs/orgs';
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
    private readonly organizations: OrganizationsService,
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
        return this.existing(await membersOf(id, this.teams));
      case 'org_member':
        return this.existing(await membersOf(id, this.organizations));
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

  private async holderOf(keyId: string): Promise<readonly string[]> {
    // A regenerated key is counted as the first of its ids.
    const known = await this.keys.find(keyId);
    const presentId = known === null ? await this.keys.regenerated(keyId) : null;
    const key = presentId === null ? known : await this.keys.find(presentId);
    const userId = key?.userId ?? null;
    return userId === null ? [] : [userId];
  }
}

/** The users that a member's id may mean: those behind the id of a team or an organisation that there is. */
async function membersOf(
  id: string,
  groups: { find(groupId: string): Promise<object | null> },
): Promise<readonly string[]> {
  const halves = halvesOf(id);
  const found = await Promise.all(halves.map(([groupId]) => groups.find(groupId)));
  return halves.filter((_, place) => found[place] !== null).map(([, userId]) => userId);
}

function halvesOf(id: string): readonly Halves[] {
  return [...id.matchAll(/:/g)].map(({ index }): Halves => [
    id.slice(0, index),
    id.slice(index + 1),
  ]);
}
