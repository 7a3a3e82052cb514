import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { GatehouseError, newDecisionId, newRequestId } from '#libs/common';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import { aPrincipal, anAccessContext } from '#support/access-builders';
import { ManualClock } from '#support/manual-clock';
import { ScriptedCostAdmission } from '#support/scripted-cost-admission';
import { AccessDecision } from '../call/access-decision.js';
import { DecisionLogService } from './decision-log.service.js';
import { keptDecision, type DecisionRecord } from './decision-record.js';
import type { DecisionStoreService, StoredDecision } from './decision-store.service.js';

const OK = { status: 200, reason: null };

/** The table's interface over a list. */
class ListedDecisions implements Pick<DecisionStoreService, 'save' | 'find' | 'prune'> {
  readonly rows: StoredDecision[] = [];
  prunings = 0;
  problem: Error | null = null;

  save(decisions: readonly StoredDecision[]): Promise<void> {
    if (this.problem !== null) return Promise.reject(this.problem);
    this.rows.push(...decisions);
    return Promise.resolve();
  }

  find(decisionId: string): Promise<DecisionRecord | null> {
    const row = this.rows.find((one) => one.record.decision_id === decisionId);
    return Promise.resolve(row?.record ?? null);
  }

  prune(): Promise<void> {
    this.prunings += 1;
    return Promise.resolve();
  }
}

describe('the decision log', () => {
  const settings = new SettingsStore(
    settingsFromYaml('general_settings: { master_key: sk-a-long-key-of-a-test-0 }'),
  );
  let table: ListedDecisions;
  let clock: ManualClock;
  let log: DecisionLogService;
  let costs: ScriptedCostAdmission;

  beforeEach(() => {
    table = new ListedDecisions();
    clock = new ManualClock();
    costs = new ScriptedCostAdmission();
    log = new DecisionLogService(table as unknown as DecisionStoreService, settings, clock, costs);
  });

  function aCall(principal: Principal | null, decisionId = newDecisionId()): AccessDecision {
    const call = new AccessDecision({
      requestId: newRequestId(),
      clientRequestId: null,
      decisionId,
      method: 'POST',
      target: '/v1/chat/completions',
      headers: { authorization: 'Bearer secret-token' },
      remoteAddress: undefined,
      source: { kind: 'headers' },
    });
    call.principal = principal;
    return call;
  }

  /** An admitted call whose id is (or is not) among the sample. */
  function anAdmittedCall(isSampled: boolean): AccessDecision {
    const end = isSampled
      ? (100).toString(16).padStart(8, '0')
      : (101).toString(16).padStart(8, '0');
    return aCall(aPrincipal(), `${newDecisionId().slice(0, -8)}${end}`);
  }

  function aRefusedCall(principal: Principal | null = aPrincipal()): AccessDecision {
    const call = aCall(principal);
    call.fail('rbac', new GatehouseError('route_not_allowed'));
    return call;
  }

  it('keeps the ids of a caller in memory, and neither its claims nor its request', () => {
    const call = aCall(aPrincipal({ userId: 'alice', claims: { diagnosis: 'of-a-claim' } }));
    const kept = inspect(keptDecision(call, OK), { depth: Infinity, showHidden: true });
    expect(kept).toContain('alice');
    expect(kept).not.toMatch(/of-a-claim|secret-token/);
  });

  it('stores refusals of verified callers and a sample of admitted calls', async () => {
    const refused = aRefusedCall();
    const sampled = anAdmittedCall(true);
    log.record(refused, { status: 403, reason: null });
    log.record(sampled, OK);
    log.record(anAdmittedCall(false), OK);
    log.record(aRefusedCall(null), { status: 401, reason: null });
    await log.flush();
    expect(table.rows.map((row) => row.record.decision_id)).toEqual([
      refused.trace.decisionId,
      sampled.trace.decisionId,
    ]);
  });

  it('stores what a handler refused for money, and no failure of something that is down', async () => {
    log.record(anAdmittedCall(false), { status: 429, reason: 'budget_exceeded' });
    const down = aCall(aPrincipal());
    down.fail('tenancy', new GatehouseError('database_unavailable'));
    log.record(down, { status: 503, reason: null });
    await log.flush();
    expect(table.rows).toHaveLength(1);
    expect(table.rows[0]?.record).toMatchObject({
      allowed: true,
      status: 429,
      reason: 'budget_exceeded',
    });
  });

  it('finds every recent decision, stored or not, without anything of the request in it', async () => {
    const call = anAdmittedCall(false);
    log.record(call, OK);
    const record = await log.find(call.trace.decisionId);
    expect(record).toMatchObject({ allowed: true, status: 200 });
    expect(JSON.stringify(record)).not.toContain('secret-token');
    expect(await log.find(newDecisionId())).toBeNull();
  });

  it('asks the cost admission what is left of the budgets of an admitted call, and for no refused one', async () => {
    costs.budgets = [{ scope: 'team', id: 'research', remainingPico: 1_500_000_000_000n }];
    const call = anAdmittedCall(true);
    call.access = anAccessContext();
    log.record(call, OK);
    const refused = aRefusedCall();
    log.record(refused, { status: 403, reason: null });
    await log.flush();
    const left = [{ scope: 'team', id: 'research', remaining_usd: '1.500000000000' }];
    expect(table.rows.map((row) => row.record.remaining_budgets)).toEqual([left, []]);
    expect((await log.find(call.trace.decisionId))?.remaining_budgets).toEqual(left);
    expect((await log.find(refused.trace.decisionId))?.remaining_budgets).toEqual([]);
  });

  it('lets no flood of anonymous callers push out decisions about verified ones', async () => {
    const known = anAdmittedCall(false);
    log.record(known, OK);
    const first = aRefusedCall(null);
    log.record(first, { status: 401, reason: null });
    for (let count = 0; count < 1_000; count += 1) {
      log.record(aRefusedCall(null), { status: 401, reason: null });
    }
    expect(await log.find(known.trace.decisionId)).not.toBeNull();
    expect(await log.find(first.trace.decisionId)).toBeNull();
  });

  it('keeps what it could not store during an outage, up to a bound', async () => {
    table.problem = new GatehouseError('database_unavailable');
    for (let count = 0; count < 1_500; count += 1)
      log.record(aRefusedCall(), { status: 403, reason: null });
    await log.flush();
    table.problem = null;
    await log.flush();
    expect(table.rows).toHaveLength(1_000);
  });

  it('gives up a batch that the table refuses, and stores the next', async () => {
    log.record(aRefusedCall(), { status: 403, reason: null });
    table.problem = new Error('invalid input syntax');
    await log.flush();
    table.problem = null;
    const next = aRefusedCall();
    log.record(next, { status: 403, reason: null });
    await log.flush();
    expect(table.rows.map((row) => row.record.decision_id)).toEqual([next.trace.decisionId]);
  });

  it('tells the steps of a decision on a verbose log alone, without the ids that they name', () => {
    const debug = jest.spyOn(Logger.prototype, 'debug').mockReturnValue();
    const call = aRefusedCall();
    call.trace.passed('tenancy', 'user alice accepted', 'a.setting');
    log.record(call, OK);
    expect(debug).not.toHaveBeenCalled();
    settings.swap({ ...settings.current, logLevel: 'debug' });
    log.record(call, OK);
    settings.swap({ ...settings.current, logLevel: 'info' });
    const { decisionId } = call.trace;
    const common = { message: 'validation step', decisionId };
    expect(debug.mock.calls.map(([line]) => line as unknown)).toEqual([
      {
        ...common,
        guard: 'rbac',
        outcome: 'refused',
        reason: 'route_not_allowed',
        configKey: null,
      },
      { ...common, guard: 'tenancy', outcome: 'passed', reason: null, configKey: 'a.setting' },
    ]);
    debug.mockRestore();
  });

  it('prunes the table once an hour', async () => {
    for (const seconds of [0, 60, 3_540]) {
      clock.advance(seconds);
      log.record(aRefusedCall(), { status: 403, reason: null });
      await log.flush();
    }
    expect(table.prunings).toBe(2);
  });

  it('stores what waits when the process stops', async () => {
    log.record(aRefusedCall(), { status: 403, reason: null });
    await log.onModuleDestroy();
    expect(table.rows).toHaveLength(1);
  });
});
