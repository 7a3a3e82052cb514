import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { newRequestId } from '#libs/common';
import { ConfigurationModule, settingsFromYaml } from '#libs/config';
import { Database, DATABASE_ENTITIES, DatabaseModule } from '#libs/database';
import {
  Reconciler,
  SPEND_LIBRARY,
  SpendModule,
  SpendRecorder,
  SpendTotals,
  type CallIntent,
  type CallOutcome,
} from '#libs/spend';
import { embeddedDataDirectory } from './embedded.js';

/** The spend module over a migrated database. */
export interface SpendHarness {
  readonly app: INestApplicationContext;
  readonly database: Database;
  readonly recorder: SpendRecorder;
  readonly totals: SpendTotals;
  readonly reconciler: Reconciler;
  readonly dataDir: string;
  /** Rows of a query. */
  rows(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Stops in good order. */
  close(): Promise<void>;
}

/** What {@link openSpend} may be told. */
export interface SpendHarnessOptions {
  /** PostgreSQL; `undefined` is an embedded database. */
  readonly databaseUrl: string | undefined;
  /** A data directory to go on with, which then is not removed. */
  readonly dataDir?: string;
  /** For how long the process counts as alive that is not heard of; 60 unless given. */
  readonly leaseSeconds?: number;
}

/**
 * Opens the spend module as a process of its own would have it.
 * @param options where the database is
 */
export async function openSpend(options: SpendHarnessOptions): Promise<SpendHarness> {
  const { databaseUrl, leaseSeconds = 60 } = options;
  const dataDir = options.dataDir ?? (await freshDataDirectory(databaseUrl));
  const settings = settingsFromYaml(configurationOf(leaseSeconds), {
    GATEHOUSE_DATA_DIR: dataDir,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  });
  const testing = await Test.createTestingModule({
    imports: [
      ConfigurationModule.forRoot(settings),
      DatabaseModule.forRoot({ entities: [...DATABASE_ENTITIES, ...SPEND_LIBRARY.entities] }),
      SpendModule,
    ],
  }).compile();
  testing.useLogger(false);
  const app = await testing.init();
  const database = app.get(Database);
  await database.whenReady();
  return {
    app,
    database,
    recorder: app.get(SpendRecorder),
    totals: app.get(SpendTotals),
    reconciler: app.get(Reconciler),
    dataDir,
    rows: (sql, parameters = []) =>
      database.read<Record<string, unknown>[]>((manager) => manager.query(sql, parameters)),
    close: async () => {
      await app.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function configurationOf(leaseSeconds: number): string {
  return `model_list: []\ngatehouse: { budgets: { lease_seconds: ${String(leaseSeconds)} } }`;
}

async function freshDataDirectory(databaseUrl: string | undefined): Promise<string> {
  if (databaseUrl === undefined) return embeddedDataDirectory();
  return mkdtemp(join(tmpdir(), 'gatehouse-data-'));
}

/** Empties every table of the ledger. */
export async function emptyLedger({ database }: SpendHarness): Promise<void> {
  await database.write(async ({ manager }) => {
    for (const entity of SPEND_LIBRARY.entities) {
      await manager.query(`DELETE FROM ${manager.getRepository(entity).metadata.tableName}`);
    }
  });
}

/** An intent of alice, team research, organisation acme, that holds and expects one cent. */
export function anIntent(overrides: Partial<CallIntent> = {}): CallIntent {
  return {
    requestId: newRequestId(),
    attempt: 1,
    startedAt: new Date(),
    clientRequestId: null,
    decisionId: 'dec_1',
    callType: 'acompletion',
    modelGroup: 'chat',
    model: 'gpt-4o',
    provider: 'openai',
    deploymentId: 'deployment-1',
    attribution: {
      issuer: 'https://issuer.example',
      subject: 'alice',
      keyId: null,
      userId: 'alice',
      teamId: 'research',
      orgId: 'acme',
      endUserId: 'customer-1',
    },
    client: 'openai-python',
    tags: [],
    admittedAt: null,
    holds: [],
    reservedPico: 10_000_000_000n,
    expectedPico: 10_000_000_000n,
    expectedInputTokens: 30,
    expectedOutputTokens: 256,
    ...overrides,
  };
}

/** Ten tokens in, twenty out, 12.5 millionths of a dollar, as the provider says. */
export function anOutcome(overrides: Partial<CallOutcome> = {}): CallOutcome {
  return {
    endedAt: new Date(),
    usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 20 },
    usageSource: 'provider',
    costPico: 12_500_000n,
    isPriced: true,
    isSuspect: false,
    succeeded: true,
    upstreamStatus: 200,
    ...overrides,
  };
}
