import { Injectable } from '@nestjs/common';
import { KeysService, type KeySnapshot } from '#libs/keys';
import { OrganizationsService } from '#libs/orgs';
import type { CubeLabel } from '#libs/spend';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import type { ActivityEntity } from './daily-activity.request.js';

/** Endpoints by LiteLLM's names of operations. */
const ENDPOINT_LABELS: readonly CubeLabel[] = Object.entries({
  acompletion: '/chat/completions',
  atext_completion: '/completions',
  aembedding: '/embeddings',
}).map(([value, name]) => ({ breakdown: 'endpoints', value, name }));

/** What is shown of the keys and entities of an activity besides their sums. */
@Injectable()
export class ActivityLabels {
  constructor(
    private readonly keys: KeysService,
    private readonly users: UsersService,
    private readonly teams: TeamsService,
    private readonly organizations: OrganizationsService,
  ) {}

  /**
   * The labels of some keys and entities, and LiteLLM's names of operations.
   * @throws GatehouseError `database_unavailable`
   */
  async of(
    entity: ActivityEntity,
    keyIds: readonly string[],
    entityIds: readonly string[],
  ): Promise<CubeLabel[]> {
    const [keys, entities] = await Promise.all([
      this.ofKeys(keyIds),
      Promise.all(entityIds.map((id) => this.ofEntity(entity, id))),
    ]);
    const emails = entity === 'user' ? await this.ofUsers(entityIds) : [];
    return [...ENDPOINT_LABELS, ...keys, ...entities.filter((label) => label !== null), ...emails];
  }

  private async ofKeys(ids: readonly string[]): Promise<CubeLabel[]> {
    const keys = await Promise.all(ids.map((id) => this.keys.find(id)));
    const userIds = keys.map((key) => key?.userId ?? null).filter((id) => id !== null);
    const users = await this.users.listByIds([...new Set(userIds)]);
    const emails = new Map(users.map(({ userId, email }) => [userId, email]));
    return ids.map((value, index) => {
      const metadata = keyMetadataOf(keys[index] ?? null, emails);
      return { breakdown: 'api_keys', value, metadata };
    });
  }

  private async ofEntity(entity: ActivityEntity, value: string): Promise<CubeLabel | null> {
    if (entity === 'team') {
      const alias = (await this.teams.find(value))?.alias ?? null;
      return { breakdown: 'entities', value, metadata: { team_alias: alias } };
    }
    if (entity !== 'organization') return null;
    const alias = (await this.organizations.find(value))?.alias ?? null;
    return { breakdown: 'entities', value, metadata: { organization_alias: alias } };
  }

  private async ofUsers(ids: readonly string[]): Promise<CubeLabel[]> {
    const users = await this.users.listByIds(ids);
    return users.map(({ userId: value, email }) => ({
      breakdown: 'entities',
      value,
      metadata: { user_email: email },
    }));
  }
}

/** LiteLLM's members about a key; of one that is gone only that it is. */
function keyMetadataOf(
  key: KeySnapshot | null,
  emails: ReadonlyMap<string, string | null>,
): NonNullable<CubeLabel['metadata']> {
  if (key === null) {
    return { key_alias: null, team_id: null, user_id: null, user_email: null, key_exists: false };
  }
  const { grant, teamId: team_id, userId: user_id } = key;
  const user_email = emails.get(user_id ?? '') ?? null;
  return { key_alias: grant.alias, team_id, user_id, user_email, key_exists: true };
}
