import { Injectable } from '@nestjs/common';
import { windowAt, type ResetTime, type WindowCalendar } from '#libs/access';
import { Clock } from '#libs/common';

/** Days of budgets begin at midnight in UTC. */
const CALENDAR: WindowCalendar = { zone: 'UTC', resetTime: '00:00' };

/** Tells responses when the windows of budgets end. */
@Injectable()
export class ResetTimes {
  constructor(private readonly clock: Clock) {}

  /** Returns the ends of the windows that the present instant is in. */
  now(): ResetTime {
    const nowMs = this.clock.now().getTime();
    return (rule) => {
      const { endMs } = windowAt(rule, CALENDAR, nowMs);
      return Number.isFinite(endMs) ? new Date(endMs).toISOString() : null;
    };
  }
}
