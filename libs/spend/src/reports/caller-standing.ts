import { Injectable } from '@nestjs/common';
import { UNLIMITED, type AccessContext, type Limits } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import { CostAdmission } from '../admission/cost-admission.js';
import type { SpendScope } from '../costs/call-records.js';
import { toCallerStanding, type CallerStandingResponse } from './caller-standing.response.js';
import { SpendTotals } from './spend-totals.js';

/** What a caller's own credential may still spend and do. */
export interface CallerStanding {
  /** Of the user; of the team where the credential names no user. */
  readonly limits: Limits;
  /** Everything that was booked to that user or team. */
  readonly spent: PicoUsd;
  readonly response: CallerStandingResponse;
}

/** Tells callers about themselves. */
@Injectable()
export class CallerStandings {
  constructor(
    private readonly costs: CostAdmission,
    private readonly totals: SpendTotals,
  ) {}

  /**
   * Returns what the caller of a request may still spend and do. Calls of this process that have ended are booked first.
   * @throws GatehouseError `database_unavailable`
   */
  async of(access: AccessContext): Promise<CallerStanding> {
    const { attribution, ownTags } = access;
    const { userId, teamId } = attribution;
    const [scope, id]: readonly [SpendScope, string | null] =
      userId === null ? ['team', teamId] : ['user', userId];
    // Books what has ended before the standing is read.
    const totals = await this.totals.read(scope, id === null ? [] : [id]);
    const standing = await this.costs.standing({ attribution, tags: ownTags });
    const own = standing.subjects.find((one) => one.scope === scope && one.id === id);
    return {
      limits: own?.limits ?? UNLIMITED,
      spent: totals.get(id ?? '') ?? 0n,
      response: toCallerStanding(access, standing),
    };
  }
}
