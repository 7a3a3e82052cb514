import { rmSync } from 'node:fs';
import { DAY_MS, newDecisionId } from '#libs/common';
import { createDatabase, type Database } from '#libs/database';
import { describeOnEachDatabase } from '#support/each-database';
import { embeddedDataDirectory } from '#support/embedded';
import { DecisionStoreService } from '../decisions/decision-store.service.js';
import type { DecisionRecord } from '../decisions/decision-record.js';
import { AUTH_LIBRARY } from '../auth.module.js';

function aRecord(overrides: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    decision_id: newDecisionId(),
    allowed: false,
    status: 403,
    reason: 'team_blocked',
    principal: null,
    team_candidates: [{ team_id: 'ä"\\', chosen: false, reason: 'the team is blocked' }],
    steps: [{ guard: 'tenancy', outcome: 'refused', detail: 'team_blocked', config_key: null }],
    allowed_models: [],
    allowed_routes: ['openai_routes'],
    remaining_budgets: [],
    remedy: null,
    ...overrides,
  };
}

describeOnEachDatabase('the table of decisions', (freshDatabase) => {
  let database: Database;
  let store: DecisionStoreService;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await embeddedDataDirectory();
    const databaseUrl = (await freshDatabase()) ?? null;
    const opened = createDatabase({ databaseUrl, dataDir }, { entities: AUTH_LIBRARY.entities });
    opened.start();
    await opened.whenReady();
    database = opened;
    store = new DecisionStoreService(database);
  });

  afterAll(async () => {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('gives back what was stored', async () => {
    const records = [aRecord(), aRecord({ allowed: true, status: 200, reason: null })];
    await store.save(records.map((record) => ({ decidedAt: new Date(), record })));
    for (const record of records) expect(await store.find(record.decision_id)).toEqual(record);
    expect(await store.find(newDecisionId())).toBeNull();
  });

  it('keeps the first of two decisions with one id', async () => {
    const record = aRecord();
    const again = { ...record, reason: 'user_blocked' };
    await store.save([{ decidedAt: new Date(), record }]);
    await store.save([{ decidedAt: new Date(), record: again }]);
    expect(await store.find(record.decision_id)).toEqual(record);
  });

  it('forgets what is older than thirty days', async () => {
    const now = new Date();
    const [old, recent] = [aRecord(), aRecord()];
    await store.save([
      { decidedAt: new Date(now.getTime() - 31 * DAY_MS), record: old },
      { decidedAt: new Date(now.getTime() - 29 * DAY_MS), record: recent },
    ]);
    await store.prune(now);
    expect(await store.find(old.decision_id)).toBeNull();
    expect(await store.find(recent.decision_id)).toEqual(recent);
  });
});
