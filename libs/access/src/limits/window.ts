import { DAY_MS } from '#libs/common';
import type { MoneyLimit } from './limits.js';

/** Where the days of budgets begin. */
export interface WindowCalendar {
  /** IANA name of the time zone, for example `Europe/Berlin`. */
  readonly zone: string;
  /** Time of the day at which its windows begin, `HH:MM`. */
  readonly resetTime: string;
}

/** A span of time, in milliseconds since the Unix epoch: from the start on, up to the end without it. */
export interface TimeWindow {
  /** -Infinity for none. */
  readonly startMs: number;
  /** Infinity for none. */
  readonly endMs: number;
}

/** What decides the windows of a cap. */
export type WindowRule = Pick<MoneyLimit, 'duration' | 'since'>;

/** A number of days or months of the calendar. */
interface CalendarLength {
  readonly count: number;
  readonly unit: 'days' | 'months';
}

/** A length of windows: of the calendar, or a fixed time. */
type WindowLength = CalendarLength | { readonly count: number; readonly unit: 'milliseconds' };

const FOREVER: TimeWindow = { startMs: -Infinity, endMs: Infinity };
const FORM = /^(\d{1,6})(s|m|h|d|w|mo)$/;
const SECOND_MS = 1_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3_600 * SECOND_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
/** LiteLLM reads thirty days as a month. */
const MONTH_DAYS = 30;
/** Any Monday. */
const MONDAY = '2024-01-01';

/** Tells whether a text is a duration of windows: a count of at least 1 with a unit of `s`, `m`, `h`, `d`, `w` or `mo`. */
export function isWindowDuration(text: string): boolean {
  return lengthOf(text) !== null;
}

/** Tells whether two durations that were set at one instant have the same windows: `24h` and `1d`, `7d` and `1w`, `30d` and `1mo`. */
export function haveSameWindows(one: string, other: string): boolean {
  const [first, second] = [lengthOf(one), lengthOf(other)];
  return first !== null && first.count === second?.count && first.unit === second.unit;
}

/**
 * Returns the window of a cap that an instant is in. Windows of one rule and calendar follow each other without a gap.
 * Up to a day they are counted from the instant at which the duration was set; `24h` and `1d` begin at midnight, `7d` and
 * `1w` on Monday, `30d` and `1mo` on the first of the month, other days and months are counted from the day or month in
 * which the duration was set. Without a duration, and with one that no version knows, there is one window for ever.
 */
export function windowAt(rule: WindowRule, calendar: WindowCalendar, nowMs: number): TimeWindow {
  const length = rule.duration === null ? null : lengthOf(rule.duration);
  if (length === null) return FOREVER;
  const sinceMs = Date.parse(rule.since);
  if (length.unit !== 'milliseconds') return calendarWindow(length, { calendar, sinceMs, nowMs });
  const { count } = length;
  const startMs = sinceMs + Math.floor((nowMs - sinceMs) / count) * count;
  return { startMs, endMs: startMs + count };
}

function lengthOf(duration: string): WindowLength | null {
  const [, digits = '', unit = ''] = FORM.exec(duration) ?? [];
  const count = Number(digits);
  if (count === 0) return null;
  if (unit === 'mo') return { count, unit: 'months' };
  const milliseconds = count * (UNIT_MS[unit] ?? 0);
  if (milliseconds % DAY_MS !== 0) return { count: milliseconds, unit: 'milliseconds' };
  const days = milliseconds / DAY_MS;
  return days === MONTH_DAYS ? { count: 1, unit: 'months' } : { count: days, unit: 'days' };
}

function calendarWindow(
  length: CalendarLength,
  { calendar, sinceMs, nowMs }: { calendar: WindowCalendar; sinceMs: number; nowMs: number },
): TimeWindow {
  const first = firstDay(length, calendar, sinceMs);
  const startOf = (block: number): number => {
    const day = first.add({ [length.unit]: block * length.count });
    return day.toZonedDateTime({ timeZone: calendar.zone, plainTime: calendar.resetTime })
      .epochMilliseconds;
  };
  const sinceFirst = first.until(dayAt(calendar, nowMs), { largestUnit: length.unit });
  let block = Math.floor(sinceFirst[length.unit] / length.count);
  // A day may begin late, twice or not at all where clocks are changed, and before its reset time it is the day before.
  while (startOf(block) > nowMs) block -= 1;
  while (startOf(block + 1) <= nowMs) block += 1;
  return { startMs: startOf(block), endMs: startOf(block + 1) };
}

/** The day from which blocks are counted. */
function firstDay(
  { count, unit }: CalendarLength,
  calendar: WindowCalendar,
  sinceMs: number,
): Temporal.PlainDate {
  if (unit === 'days' && count === 7) return Temporal.PlainDate.from(MONDAY);
  const day = dayAt(calendar, sinceMs);
  return unit === 'days' ? day : day.with({ day: 1 });
}

function dayAt({ zone }: WindowCalendar, ms: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
}
