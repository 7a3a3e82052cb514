import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Ledger } from '../ledger/ledger.js';
import { claimOrphan, isOrphaned } from './process-owner.js';
import { listSegments, readSegment, removeJournal } from './segments.js';

/** The ledger as far as adoption needs it. */
type AdoptingLedger = Pick<Ledger, 'commit' | 'sweepProcess'>;

/** Where orphans are looked for, and what becomes of them. */
export interface AdoptionOptions {
  /** Holds one directory per process. */
  readonly root: string;
  /** Name of this process, whose directory is left alone. */
  readonly processId: string;
  readonly ledger: AdoptingLedger;
  /** Awaited before a directory is removed: makes durable what the database has taken over. */
  readonly beforeRemoval?: () => Promise<void>;
}

const BATCH_RECORDS = 500;

/**
 * Books what processes that are gone left in their journals, then assumes the end of the calls that
 * they left open, then removes the journals. Replaying anything twice adds nothing.
 * @param options where and how
 * @param signal ends the work between two batches; what is left stays where it is
 * @returns names of the processes whose journals were finished
 * @throws GatehouseError `database_unavailable`; the next call goes on
 */
export async function adoptOrphans(
  options: AdoptionOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const adopted: string[] = [];
  for (const processId of await listJournals(options)) {
    if (signal.aborted) break;
    const directory = join(options.root, processId);
    if (!(await isOrphaned(directory)) || !(await claimOrphan(directory))) continue;
    if (await adopt(options, processId, signal)) adopted.push(processId);
  }
  return adopted;
}

async function listJournals({ root, processId }: AdoptionOptions): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== processId)
    .map(({ name }) => name)
    .sort();
}

async function adopt(
  options: AdoptionOptions,
  processId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const logger = new Logger('SpendJournal');
  const directory = join(options.root, processId);
  let records = 0;
  let damages = 0;
  for (const segment of await listSegments(directory)) {
    const content = await readSegment(directory, { segment, offset: 0 });
    for (const damage of content.damages) {
      logger.error(`journal of ${processId}: damaged and passed over: ${JSON.stringify(damage)}`);
    }
    damages += content.damages.length;
    const facts = content.records.map(({ record }) => record);
    for (let from = 0; from < facts.length; from += BATCH_RECORDS) {
      if (signal.aborted) return false;
      await options.ledger.commit(facts.slice(from, from + BATCH_RECORDS), processId);
    }
    records += facts.length;
  }
  const swept = await options.ledger.sweepProcess(processId);
  await options.beforeRemoval?.();
  await removeJournal(directory);
  logger.log(
    `adopted the journal of ${processId}: ${String(records)} records, ` +
      `${String(swept)} calls without an end, ${String(damages)} damaged stretches`,
  );
  return true;
}
