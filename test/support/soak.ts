/**
 * Returns how much of a long test is run: `full` in `npm run test:soak`, which runs exactly the files that import this,
 * and `short` in every other run.
 */
export function soakOr<T>(short: T, full: T): T {
  return process.env['GATEHOUSE_SOAK'] === '1' ? full : short;
}
