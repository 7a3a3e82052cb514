import { within } from '#libs/common';
import type { Database } from '#libs/database';

/** The database belongs to another program, so that waiting does not help. */
export class RefusedDatabaseError extends Error {
  override readonly name = 'RefusedDatabaseError';
}

/**
 * Waits until a database can be used.
 * @throws RefusedDatabaseError at once when the database belongs to another program
 * @throws Error naming the last problem when the time is over
 */
export async function readyWithin(database: Database, timeoutMs: number): Promise<void> {
  await ready(database, timeoutMs, []);
}

/**
 * {@link readyWithin} for a command that a person waits for: a problem that only an operator can solve ends it at once.
 * @param timeoutMs longest wait for a server that may still come
 * @throws Error naming the problem
 */
export async function readyOrLasting(database: Database, timeoutMs: number): Promise<void> {
  await ready(database, timeoutMs, [lastingProblem(database)]);
}

async function ready(
  database: Database,
  timeoutMs: number,
  ends: readonly Promise<never>[],
): Promise<void> {
  const isReady = Promise.race([database.whenReady(), refusal(database), ...ends]);
  if (await within(timeoutMs, isReady)) return;
  throw new Error(`the database${placeOf(database)} cannot be used: ${problemOf(database)}`);
}

async function refusal(database: Database): Promise<never> {
  const problem = await database.whenRefused();
  throw new RefusedDatabaseError(`the database${placeOf(database)} cannot be used: ${problem}`);
}

async function lastingProblem(database: Database): Promise<never> {
  const problem = await database.whenProblemLasts();
  throw new Error(`the database${placeOf(database)} cannot be used: ${problem}`);
}

function placeOf(database: Database): string {
  const place = database.place();
  return place === null ? '' : ` (${place})`;
}

function problemOf(database: Database): string {
  return database.problem() ?? 'it does not respond';
}
