import { Injectable } from '@nestjs/common';
import { NO_ATTRIBUTION, UNLIMITED, type Attribution, type Limits } from '#libs/access';
import { KeysService } from '#libs/keys';
import { pairOf, type CountedRequest, type SpendScope } from '#libs/spend';
import { EffectiveLimits } from '../effective/effective-limits.js';

/** A subject that has spent something. */
export interface Subject {
  readonly scope: SpendScope;
  readonly id: string;
}

/** Members of an attribution by the scope of what they name. */
const MEMBERS: Readonly<Partial<Record<string, keyof Attribution>>> = {
  key: 'keyId',
  user: 'userId',
  team: 'teamId',
  org: 'orgId',
  end_user: 'endUserId',
};

/** Finds the limits of one subject, as a request of it has to keep them. */
@Injectable()
export class SubjectLimits {
  constructor(
    private readonly effective: EffectiveLimits,
    private readonly keys: KeysService,
  ) {}

  /**
   * Returns the limits of a subject, from memory after the first time.
   * @throws GatehouseError `database_unavailable`
   */
  async of(subject: Subject): Promise<Limits> {
    for (const request of await this.requestsOf(subject)) {
      const found = await this.effective.of(request);
      const own = found.find(
        ({ scope, id, countedAs = id }) => scope === subject.scope && countedAs === subject.id,
      );
      if (own !== undefined) return own.limits;
    }
    return UNLIMITED;
  }

  private async requestsOf(subject: Subject): Promise<readonly CountedRequest[]> {
    const { scope, id } = subject;
    if (scope !== 'key' || (await this.keys.find(id)) !== null) return requestsOf(subject);
    const keyId = await this.keys.regenerated(id);
    return keyId === null
      ? []
      : [{ attribution: { ...NO_ATTRIBUTION, keyId, firstKeyId: id }, tags: [] }];
  }
}

/** The first part of a pair by the scope of what it names. */
const GROUPS: Readonly<Partial<Record<string, 'teamId' | 'orgId'>>> = {
  team_member: 'teamId',
  org_member: 'orgId',
};

function requestsOf({ scope, id }: Subject): readonly CountedRequest[] {
  const member = MEMBERS[scope];
  if (member !== undefined) return [{ attribution: { ...NO_ATTRIBUTION, [member]: id }, tags: [] }];
  if (scope === 'tag') return [{ attribution: NO_ATTRIBUTION, tags: [id] }];
  const group = GROUPS[scope];
  const pair = pairOf(id);
  if (group === undefined || pair === null) return [];
  const [groupId, userId] = pair;
  return [{ attribution: { ...NO_ATTRIBUTION, [group]: groupId, userId }, tags: [] }];
}
