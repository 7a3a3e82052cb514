import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { Clock } from '#libs/common';
import {
  activityExclusionOf,
  activityFilterOf,
  type ActivityEntity,
  type DailyActivityRequest,
} from './daily-activity.request.js';
import type { ActivityQuery } from './daily-activity.service.js';
import { daysOf, throughNow } from './report-days.request.js';
import { ReportScope } from './report-scope.service.js';

/** Tells what of an activity a caller sees. */
@Injectable()
export class ActivityQueries {
  constructor(
    private readonly scope: ReportScope,
    private readonly clock: Clock,
  ) {}

  /**
   * What a request asks for, confined to what the caller may see.
   * @throws GatehouseError `request_invalid`, `route_not_allowed`, `database_unavailable`
   */
  async of(
    entity: ActivityEntity,
    request: DailyActivityRequest,
    access: AccessContext,
  ): Promise<ActivityQuery> {
    const now = this.clock.now();
    const days = throughNow(daysOf(request, now), request.timezone ?? 0, now);
    const exclude = activityExclusionOf(request, entity);
    const asked = activityFilterOf(request, entity);
    const filter = await this.scope.confine(access, asked, entity === 'team' ? 'team' : 'any');
    return { entity, filter, exclude, ...days };
  }
}
