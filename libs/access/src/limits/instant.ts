const FORM =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?<offset>Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Returns the ISO instant of a date or a time, in UTC where it states no offset; `null` for anything else.
 * @param value for example `2027-01-15` or `2027-01-15T08:00:00+01:00`
 */
export function instantOf(value: unknown): string | null {
  const match = typeof value === 'string' ? FORM.exec(value) : null;
  if (match === null) return null;
  try {
    const time = Temporal.PlainDateTime.from(match[0].replace(/Z$/, ''), { overflow: 'reject' });
    const zone = match.groups?.['offset'] ?? 'Z';
    const { epochMilliseconds } = time.toZonedDateTime(zone === 'Z' ? 'UTC' : zone);
    return new Date(epochMilliseconds).toISOString();
  } catch {
    // A day that the month does not have, or an hour or an offset that no day has.
    return null;
  }
}
