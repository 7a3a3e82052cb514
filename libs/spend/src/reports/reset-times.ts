import { Injectable } from '@nestjs/common';
import { mainWindowAt, type ResetTime } from '#libs/access';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { modelCoverageOf } from '../admission/model-spellings.js';

/** Tells responses when the windows of budgets end, and which names of models the configuration covers. */
@Injectable()
export class ResetTimes {
  constructor(
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {}

  /** Returns the ends of the windows that the present instant is in. */
  now(): ResetTime {
    const settings = this.settings.current;
    const { calendar } = settings.budgets;
    const nowMs = this.clock.now().getTime();
    const endOf: ResetTime = (rule, restarts) => {
      const { endMs } = mainWindowAt(restarts ? { restarts } : {}, rule, calendar, nowMs).window;
      return Number.isFinite(endMs) ? new Date(endMs).toISOString() : null;
    };
    return Object.assign(endOf, { coversModel: modelCoverageOf(settings) });
  }
}
