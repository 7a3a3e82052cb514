import type { OffPeakPrices, PriceWindow, UnitPrices } from '../model/prices.js';
import { priceFieldOf, type PriceSection, type WrittenPrices } from '../schema/prices.config.js';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Returns the prices of `off_peak_pricing`; `null` where it is left out. */
export function offPeakOf(section: PriceSection['off_peak_pricing']): OffPeakPrices | null {
  if (section === null) return null;
  const { hours_utc: hours, windows, weekday_timezone: zone, family } = section;
  return {
    windows: [
      ...windowsOf(null, hours),
      ...(windows ?? []).flatMap(({ weekdays, hours_utc }) =>
        windowsOf(weekdays?.map(weekdayOf) ?? null, hours_utc),
      ),
    ],
    weekdayZone: zone ?? 'UTC',
    prices: unitPricesOf(family),
  };
}

/** Returns the prices of the standard tier without a threshold. */
export function unitPricesOf(written: WrittenPrices): UnitPrices {
  return Object.fromEntries(
    Object.entries(written).flatMap(([name, price]) => {
      const field = priceFieldOf(name);
      return field?.above === null && field.serviceTier === null ? [[field.unit, price]] : [];
    }),
  );
}

function windowsOf(
  weekdays: readonly number[] | null,
  hours: readonly string[] | null,
): readonly PriceWindow[] {
  return (hours ?? []).map((text) => {
    const [start = 0, end = 0] = text.split('-').map(minutesOf);
    return { weekdays, start, end };
  });
}

function minutesOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
}

function weekdayOf(text: string): number {
  return /^\d$/.test(text) ? Number(text) : WEEKDAYS.indexOf(text.toLowerCase().slice(0, 3)) + 1;
}
