import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { Journal } from './journal/journal.js';
import { newProcessId } from './journal/process-owner.js';
import { syncTree } from './journal/segments.js';
import { Ledger } from './ledger/ledger.js';
import { LedgerFlusher } from './ledger/ledger-flusher.js';
import { Reconciler } from './reconciler.js';
import { BudgetTables } from './reports/budget-tables.js';
import { BudgetUsages } from './reports/budget-usages.js';
import { CallerStandings } from './reports/caller-standing.js';
import { ResetTimes } from './reports/reset-times.js';
import { SpendTotals } from './reports/spend-totals.js';
import { CostAdmissionModule } from './admission/cost-admission.module.js';
import { SpendCube } from './reports/spend-cube.js';
import { SpendLogsService } from './reports/spend-logs.service.js';
import { ProcessWatch } from './recording/process-watch.js';
import { SpendMaintenance } from './recording/spend-maintenance.js';
import { SpendRecorder } from './recording/spend-recorder.js';
import { SpendEntryEntity } from './ledger/spend-entry.entity.js';
import { SPEND_DAILY_ENTITIES } from './ledger/spend-daily.entity.js';
import {
  BudgetHolderEntity,
  BudgetLeaseEntity,
  BudgetWindowEntity,
  SpendQuarterEntity,
} from './ledger/budget-window.entity.js';
import { SpendTotalEntity } from './ledger/spend-total.entity.js';

/** Below the data directory: one directory for each process. */
const JOURNAL_ROOT = 'journal';
/** Below the data directory: the files of the embedded database. */
const EMBEDDED_ROOT = 'database';

/** Runs before a journal removes records that the database has; see {@link durableRemoval}. */
interface RemovalGuard {
  readonly beforeRemoval?: () => Promise<void>;
}

/**
 * A server has synced what it committed. The embedded database never syncs: its files are synced
 * before the journal removes the records that went into them.
 */
function durableRemoval(settings: SettingsStore, database: Database): RemovalGuard {
  if (database.kind !== 'embedded') return {};
  const files = join(settings.current.dataDir, EMBEDDED_ROOT);
  return { beforeRemoval: () => syncTree(files) };
}

/** Accounting: prices, the admission of costs, the journal, the ledger, totals and reports. Needs the global database and configuration modules. */
@Module({
  imports: [CostAdmissionModule],
  providers: [
    Ledger,
    BudgetTables,
    BudgetUsages,
    CallerStandings,
    ResetTimes,
    SpendTotals,
    Reconciler,
    SpendCube,
    SpendLogsService,
    {
      provide: Journal,
      inject: [SettingsStore, Database],
      useFactory: (settings: SettingsStore, database: Database) =>
        new Journal({
          directory: join(settings.current.dataDir, JOURNAL_ROOT, newProcessId()),
          durability: settings.current.spend.durability,
          ...durableRemoval(settings, database),
        }),
    },
    {
      provide: LedgerFlusher,
      inject: [Journal, Ledger],
      useFactory: (journal: Journal, ledger: Ledger) => new LedgerFlusher(journal, ledger),
    },
    {
      provide: ProcessWatch,
      inject: [SettingsStore, Ledger, Journal, LedgerFlusher],
      useFactory: (
        settings: SettingsStore,
        ledger: Ledger,
        { processId }: Journal,
        flusher: LedgerFlusher,
      ) => {
        const leaseSeconds = (): number => settings.current.budgets.leaseSeconds;
        const watch = new ProcessWatch({ ledger, processId, leaseSeconds });
        flusher.beforeBooking(() => watch.register());
        return watch;
      },
    },
    {
      provide: SpendMaintenance,
      inject: [SettingsStore, Database, Clock, Ledger, Journal, ProcessWatch],
      useFactory: (
        settings: SettingsStore,
        database: Database,
        clock: Clock,
        ...[ledger, journal, watch]: [Ledger, Journal, ProcessWatch]
      ) =>
        new SpendMaintenance({
          database,
          clock,
          ledger,
          watch,
          adoption: {
            root: join(settings.current.dataDir, JOURNAL_ROOT),
            processId: journal.processId,
            ledger,
            ...durableRemoval(settings, database),
          },
        }),
    },
    {
      provide: SpendRecorder,
      inject: [Journal, LedgerFlusher, Ledger, SpendMaintenance],
      useFactory: (
        journal: Journal,
        flusher: LedgerFlusher,
        ledger: Ledger,
        maintenance: SpendMaintenance,
      ) => new SpendRecorder({ journal, flusher, ledger, maintenance }),
    },
  ],
  exports: [
    CostAdmissionModule,
    SpendRecorder,
    BudgetTables,
    BudgetUsages,
    CallerStandings,
    ResetTimes,
    SpendTotals,
    SpendCube,
    SpendLogsService,
    Reconciler,
  ],
})
export class SpendModule {}

/** The module and the tables of this library, for the composition root. */
export const SPEND_LIBRARY = {
  module: SpendModule,
  entities: [
    SpendEntryEntity,
    SpendTotalEntity,
    ...SPEND_DAILY_ENTITIES,
    SpendQuarterEntity,
    BudgetWindowEntity,
    BudgetLeaseEntity,
    BudgetHolderEntity,
  ],
};
