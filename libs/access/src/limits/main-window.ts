import { parseUsd, type PicoUsd } from '#libs/common';
import type { Limits } from './limits.js';
import { windowAt, type TimeWindow, type WindowCalendar, type WindowRule } from './window.js';

/** The present window of `max_budget`. */
export interface MainWindow {
  readonly window: TimeWindow;
  /** Counts as spent in it besides what was booked since its start. */
  readonly carriedPico: PicoUsd;
}

const NOTHING = 0n;

/**
 * Returns the window of `max_budget` that an instant is in: the one of its duration, parted where it began anew.
 * @param limits whose restarts part it
 * @param rule duration of the budget
 */
export function mainWindowAt(
  { restarts }: Pick<Limits, 'restarts'>,
  rule: WindowRule,
  calendar: WindowCalendar,
  nowMs: number,
): MainWindow {
  const window = windowAt(rule, calendar, nowMs);
  if (restarts === undefined) return { window, carriedPico: NOTHING };
  let { startMs, endMs } = window;
  let carriedPico = NOTHING;
  for (const { at, spent } of restarts) {
    const atMs = Date.parse(at);
    if (atMs > nowMs) endMs = Math.min(endMs, atMs);
    else if (atMs >= startMs) {
      startMs = atMs;
      carriedPico = parseUsd(spent);
    }
  }
  return { window: { startMs, endMs }, carriedPico };
}
