import { Logger } from '@nestjs/common';
import { postgresErrorCode } from '#libs/database';
import { refOf, type JournalRecord } from '../journal/journal-record.js';
import type { Ledger } from './ledger.js';

/** The ledger as far as booking needs it. */
export type LedgerCommit = Pick<Ledger, 'commit'>;

const logger = new Logger('SpendLedger');

/**
 * Commits records; when the database finds fault with a value in them, halves the batch until the
 * one at fault is alone, logs it and leaves it out. Otherwise it would hold up all that follow.
 * @param records in the order of their journal
 * @param processId name of the process whose journal it is
 * @returns how many were left out
 * @throws GatehouseError `database_unavailable`; booking everything again adds nothing
 */
export async function bookRecords(
  ledger: LedgerCommit,
  records: readonly JournalRecord[],
  processId: string,
): Promise<number> {
  const [first] = records;
  if (first === undefined) return 0;
  try {
    await ledger.commit(records, processId);
    return 0;
  } catch (error) {
    if (!isDataAtFault(error)) throw error;
    if (records.length === 1) {
      const { requestId, attempt } = refOf(first);
      logger.error(
        `the ${first.kind} of ${requestId} (attempt ${String(attempt)}) cannot be booked: ` +
          `SQLSTATE ${postgresErrorCode(error) ?? 'none'}`,
      );
      return 1;
    }
  }
  const half = Math.ceil(records.length / 2);
  const leftOut = await bookRecords(ledger, records.slice(0, half), processId);
  return leftOut + (await bookRecords(ledger, records.slice(half), processId));
}

/** Data exception (22) and integrity violation (23): trying again cannot help. */
function isDataAtFault(error: unknown): boolean {
  const code = postgresErrorCode(error);
  return code !== null && (code.startsWith('22') || code.startsWith('23'));
}
