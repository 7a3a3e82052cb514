import type { Database } from '#libs/database';

/**
 * Waits until a database can be used.
 * @param database which one
 * @param timeoutMs longest wait
 * @throws Error naming the last problem when the time is over
 */
export async function readyWithin(database: Database, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the database${placeOf(database)} cannot be used: ${problemOf(database)}`));
    }, timeoutMs);
  });
  try {
    await Promise.race([database.whenReady(), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

function placeOf(database: Database): string {
  const place = database.place();
  return place === null ? '' : ` (${place})`;
}

function problemOf(database: Database): string {
  return database.problem() ?? 'it does not respond';
}
