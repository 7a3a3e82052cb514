const DURATION_FORM = /^([1-9]\d{0,8})(s|m|h|d|w|mo)$/;
/** What LiteLLM's clients send for "never expires". */
const NEVER = '-1';
/** Last year that every client reads in a date. */
const LAST_YEAR = 9999;

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};

/**
 * The instant at which a duration from now is over: `30s`, `30m`, `30h`, `30d`, `1w`, `1mo` (calendar months in UTC);
 * `null` for `-1`, which is never; `undefined` for anything else and for what lies beyond the year 9999.
 * @param duration text of a request
 */
export function endOfDuration(duration: string, now: Date): Date | null | undefined {
  if (duration === NEVER) return null;
  const [, count = '', unit = ''] = DURATION_FORM.exec(duration) ?? [];
  if (count === '') return undefined;
  const end = new Date(now);
  const seconds = SECONDS[unit];
  if (seconds === undefined) addMonths(end, Number(count));
  else end.setTime(end.getTime() + Number(count) * seconds * 1_000);
  return end.getUTCFullYear() <= LAST_YEAR ? end : undefined;
}

/** Adds `count` months; a day that the month does not have becomes the month's last day. */
function addMonths(date: Date, count: number): void {
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + count, 1);
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0));
  date.setUTCDate(Math.min(day, daysInMonth.getUTCDate()));
}
