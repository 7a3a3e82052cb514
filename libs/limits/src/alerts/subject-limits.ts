import { Injectable } from '@nestjs/common';
import { UNLIMITED, type Attribution, type Limits } from '#libs/access';
import { KeysService } from '#libs/keys';
import type { SpendScope } from '#libs/spend';
import { EffectiveLimits } from '../effective/effective-limits.js';

/** A subject that has spent something. */
export interface Subject {
  readonly scope: SpendScope;
  readonly id: string;
}

const NONE: Attribution = {
  issuer: null,
  subject: null,
  keyId: null,
  userId: null,
  teamId: null,
  orgId: null,
  endUserId: null,
};

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
    for (const attribution of await this.attributionsOf(subject)) {
      const found = await this.effective.of(attribution);
      const own = found.find(
        ({ scope, id, countedAs = id }) => scope === subject.scope && countedAs === subject.id,
      );
      if (own !== undefined) return own.limits;
    }
    return UNLIMITED;
  }

  private async attributionsOf(subject: Subject): Promise<readonly Attribution[]> {
    const { scope, id } = subject;
    if (scope !== 'key' || (await this.keys.find(id)) !== null) return attributionsOf(subject);
    const keyId = await this.keys.regenerated(id);
    return keyId === null ? [] : [{ ...NONE, keyId, firstKeyId: id }];
  }
}

/** A member is named `team:user`, and both ids may hold a colon, so every way to part them is tried. */
function attributionsOf({ scope, id }: Subject): readonly Attribution[] {
  const member = MEMBERS[scope];
  if (member !== undefined) return [{ ...NONE, [member]: id }];
  if (scope !== 'team_member') return [];
  return [...id.matchAll(/:/g)].map(({ index }) => ({
    ...NONE,
    teamId: id.slice(0, index),
    userId: id.slice(index + 1),
  }));
}
