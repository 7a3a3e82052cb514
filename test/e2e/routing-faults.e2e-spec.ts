import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';
import type { Answer } from '#support/client';
import { eventually } from '#support/eventually';
import type { FakeBehaviour, FakeRecord } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

const CALLS = 1_000;
const CLIENTS = 20;
/** A hundredth of a cent for each token of output. */
const USUAL = { completionTokens: 100 };
const CALL_COST = 0.01;
/** Every fault that another deployment can make good, between answers. */
const FAULTS: readonly FakeBehaviour[] = [
  { status: 500 },
  USUAL,
  { status: 429, headers: { 'retry-after': '1' } },
  { cutBeforeHead: true },
  USUAL,
  { status: 503 },
  { hang: 'before-head' },
  USUAL,
  { status: 401 },
  { status: 529 },
];

interface Attempts {
  readonly entries: number;
  readonly requests: number;
  readonly open: number;
  readonly paid: number;
  readonly free: number;
}

const outcomesOf = (records: readonly FakeRecord[]): { failed: boolean; served: boolean } => ({
  failed: records.some(({ status }) => status >= 400),
  served: records.some(({ status }) => status === 200),
});

describeWithPostgres('1,000 calls in two replicas at deployments of which two fail', (server) => {
  let failing: readonly FakeUpstream[];
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    failing = [await startFakeUpstream(), await startFakeUpstream()];
    const databaseUrl = await server().createDatabase();
    const others = failing
      .map(
        ({ url }) => `
  - model_name: test-model
    litellm_params: { model: openai/test-model, api_base: "${url}/v1", api_key: k, timeout: 1,
      input_cost_per_token: 0, output_cost_per_token: 0.0001 }`,
      )
      .join('');
    budgeted = await startBudgetedGateways({
      ...{ databaseUrl, replicas: 2 },
      deployment: `${others}
router_settings: { num_retries: 2, cooldown_time: 0.02 }`,
    });
    for (const upstream of failing)
      upstream.enqueue(
        ...Array.from({ length: 2 * CALLS }, (_, index) => FAULTS[index % FAULTS.length] ?? USUAL),
      );
  });
  afterAll(async () => {
    await budgeted.stop();
    for (const upstream of failing) await upstream.close();
  });

  it('loses none, and each attempt is one entry with what its upstream bills', async () => {
    const made = await budgeted.admin.post<{ key: string; token: string }>('/key/generate', {
      max_budget: 2 * CALLS * CALL_COST,
    });
    const answers: Answer[] = [];
    let next = 0;
    const work = async (_: unknown, client: number): Promise<void> => {
      for (let index = next++; index < CALLS; index = next++)
        answers.push(
          await budgeted.caller(client, made.json.key).chat('hello', {
            ...{ max_tokens: 100, stream: index % 2 === 0 },
          }),
        );
    };
    await Promise.all(Array.from({ length: CLIENTS }, work));

    expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([]);
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(CALLS);
    await eventually(async () => {
      expect(await budgeted.differences()).toEqual([]);
    });
    const reached = [budgeted.upstream, ...failing].flatMap(({ records }) => [...records]);
    const [attempts] = await budgeted.rows<Attempts>(
      `SELECT count(DISTINCT (request_id, attempt))::int AS entries, count(DISTINCT request_id)::int AS requests,
         count(*) FILTER (WHERE state = 'open')::int AS open,
         count(*) FILTER (WHERE cost_usd = $2)::int AS paid,
         count(*) FILTER (WHERE cost_usd = 0)::int AS free
       FROM spend_entries WHERE key_id = $1`,
      [made.json.token, CALL_COST],
    );
    expect(attempts).toEqual({
      ...{ entries: reached.length, requests: CALLS, open: 0 },
      ...{ paid: CALLS, free: reached.length - CALLS },
    });
    expect(failing.map(({ records }) => outcomesOf(records))).toEqual(
      failing.map(() => ({ failed: true, served: true })),
    );
  });
});
