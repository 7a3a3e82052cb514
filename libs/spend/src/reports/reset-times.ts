import { Injectable } from '@nestjs/common';
import { mainWindowAt, type ResetTime } from '#libs/access';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';

/** Tells responses when the windows of budgets end. */
@Injectable()
export class ResetTimes {
  constructor(
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {}

  /** Returns the ends of the windows that the present instant is in. */
  now(): ResetTime {
    const { calendar } = this.settings.current.budgets;
    const nowMs = this.clock.now().getTime();
    return (rule, restarts) => {
      const { endMs } = mainWindowAt(restarts ? { restarts } : {}, rule, calendar, nowMs).window;
      return Number.isFinite(endMs) ? new Date(endMs).toISOString() : null;
    };
  }
}
