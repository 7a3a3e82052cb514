import { Injectable } from '@nestjs/common';
import { aliasedModel, type AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { CallerStandings, ResetTimes, type CallerStandingResponse } from '#libs/spend';
import { callerIdOf, toCallerKey } from './dto/caller-key.js';
import type { KeyInfoResponse } from './dto/key.response.js';

/** Answers about the caller of a token in the shape of a key. */
@Injectable()
export class CallerKeys {
  constructor(
    private readonly standings: CallerStandings,
    private readonly settings: SettingsStore,
    private readonly resetTimes: ResetTimes,
    private readonly clock: Clock,
  ) {}

  /**
   * Tells whether a request asks about the caller of its token.
   * @param key as the request names it: not at all, or by the id of an earlier answer
   */
  isCaller(key: string | undefined, access: AccessContext): boolean {
    const { kind, key: ownKey } = access.principal;
    if (ownKey !== null || kind === 'master_key' || kind === 'anonymous') return false;
    return key === undefined || key === callerIdOf(access);
  }

  /**
   * Returns who the token of a request names, its limits and its spend.
   * @throws GatehouseError `database_unavailable`
   */
  async of(access: AccessContext): Promise<KeyInfoResponse> {
    const standing = await this.standings.of(access);
    const groups = new Set(this.settings.current.deployments.map(({ modelGroup }) => modelGroup));
    const models = [...groups].filter((name) =>
      access.models.mayUse(aliasedModel(name, access.models.aliases)),
    );
    const [resetTime, now] = [this.resetTimes.now(), this.clock.now()];
    return toCallerKey(access, { standing, models, resetTime, now });
  }

  /**
   * Returns what is left of the limits of a caller.
   * @throws GatehouseError `database_unavailable`
   */
  async standing(access: AccessContext): Promise<CallerStandingResponse> {
    return (await this.standings.of(access)).response;
  }
}
