import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { isGatehouseError } from '#libs/common';
import type { Ledger } from '../ledger/ledger.js';
import { bookRecords } from '../ledger/record-booking.js';
import { claimOrphan, isOrphaned } from '../journal/process-owner.js';
import { listSegments, readSegment, removeJournal } from '../journal/segments.js';

/** The ledger as far as adoption needs it. */
type AdoptingLedger = Pick<Ledger, 'commit' | 'sweepProcess'>;

/** The directories that may hold orphans, and the receiver of their records. */
export interface AdoptionOptions {
  /** Holds one directory per process. */
  readonly root: string;
  /** Name of this process, whose directory is left alone. */
  readonly processId: string;
  readonly ledger: AdoptingLedger;
  /** Awaited once before directories are removed: makes durable what the database has taken over, which may take seconds. */
  readonly beforeRemoval?: () => Promise<void>;
}

const BATCH_RECORDS = 500;
const logger = new Logger('SpendJournal');

/**
 * Books what processes that are gone left in their journals, then assumes the end of the calls that
 * they left open, then removes the journals. Replaying anything twice adds nothing.
 *
 * Every journal stands for itself: a record that the database refuses is logged and left out, a
 * journal that cannot be finished is logged and stays for the next call, and the others go on.
 * @param signal ends the work between two batches; what is left stays where it is
 * @returns names of the processes whose journals were finished
 * @throws GatehouseError `database_unavailable` when it was so for any, after all were tried
 */
export async function adoptOrphans(
  options: AdoptionOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const booked: string[] = [];
  const outages: Error[] = [];
  for (const processId of await listJournals(options)) {
    if (signal.aborted) break;
    const directory = join(options.root, processId);
    try {
      if (!(await isOrphaned(directory)) || !(await claimOrphan(directory))) continue;
      if (await book(options, processId, signal)) booked.push(processId);
    } catch (error) {
      logger.error(`the journal of ${processId} is not finished, it stays: ${String(error)}`);
      if (isGatehouseError(error, 'database_unavailable')) outages.push(error);
    }
  }
  await removeBooked(options, booked);
  const [outage] = outages;
  if (outage !== undefined) throw outage;
  return booked;
}

async function listJournals({ root, processId }: AdoptionOptions): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== processId)
    .map(({ name }) => name)
    .sort();
}

async function removeBooked(
  { root, beforeRemoval }: AdoptionOptions,
  booked: readonly string[],
): Promise<void> {
  if (booked.length === 0) return;
  await beforeRemoval?.();
  for (const processId of booked) await removeJournal(join(root, processId));
}

/** Returns whether the ledger has everything of the journal. */
async function book(
  options: AdoptionOptions,
  processId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const directory = join(options.root, processId);
  let records = 0;
  let damages = 0;
  let leftOut = 0;
  for (const segment of await listSegments(directory)) {
    const content = await readSegment(directory, { segment, offset: 0 });
    for (const damage of content.damages) {
      logger.error(`journal of ${processId}: damaged and passed over: ${JSON.stringify(damage)}`);
    }
    damages += content.damages.length;
    const facts = content.records.map(({ record }) => record);
    for (let from = 0; from < facts.length; from += BATCH_RECORDS) {
      if (signal.aborted) return false;
      const batch = facts.slice(from, from + BATCH_RECORDS);
      leftOut += await bookRecords(options.ledger, batch, processId);
    }
    records += facts.length;
  }
  const swept = await options.ledger.sweepProcess(processId);
  logger.log(
    `adopted the journal of ${processId}: ${String(records)} records, ` +
      `${String(swept)} calls without an end, ${String(damages)} damaged stretches, ` +
      `${String(leftOut)} refused by the database`,
  );
  return true;
}
