import { Database } from '#libs/database';
import { Reconciler, SpendRecorder } from '#libs/spend';
import { Client } from './client.js';
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { startGateway, type TestGateway, type TestSurroundings } from './gateway.js';
import { TestIssuer } from './issuer.js';

/** Gateways on one database whose calls have exact prices, and what they stand on. */
export interface BudgetedGateways {
  readonly issuer: TestIssuer;
  readonly upstream: FakeUpstream;
  readonly gateways: readonly TestGateway[];
  readonly admin: Client;
  /** A caller of one of the gateways; indexes go round. */
  caller(index: number, token: string): Client;
  /** Rows of a query on the database of all of them. */
  rows<T extends object>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
  /** Where windows and totals differ from the entries, as `gatehouse reconcile` finds them. */
  differences(): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

/** How gateways with budgets are started, beyond a usual one. */
export interface BudgetedSurroundings extends Pick<
  TestSurroundings,
  'databaseUrl' | 'dataDir' | 'env' | 'gatehouse' | 'jwtauth'
> {
  readonly replicas?: number;
  /** Lines of `litellm_params`, and further deployments at the address of the upstream. */
  readonly deployment?: string | ((upstreamUrl: string) => string);
  /** Lines of `litellm_settings`. */
  readonly library?: string;
  /** Further members of `gatehouse.budgets`. */
  readonly budgets?: string;
}

/** The worst and the usual price of a call to {@link startBudgetedGateways}: a cent. */
export const CENT_CALL = { max_tokens: 100 };

/**
 * Starts gateways where input costs nothing and a token of output a hundredth of a cent, with leases of a second. Where a call
 * does not say otherwise the upstream produces 100 tokens.
 */
export async function startBudgetedGateways(
  around: BudgetedSurroundings = {},
): Promise<BudgetedGateways> {
  const issuer = await TestIssuer.start();
  const upstream = await startFakeUpstream({ behaviour: { completionTokens: 100 } });
  const { replicas = 1, deployment = '', library, gatehouse = '', budgets = '', ...rest } = around;
  const settings = library === undefined ? '' : `\nlitellm_settings:\n${library}`;
  const surroundings: TestSurroundings = {
    ...rest,
    issuer,
    upstreamUrl: upstream.url,
    gatehouse: `  budgets: { lease_seconds: 1, ${budgets} }\n${gatehouse}`,
    models: `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${upstream.url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001
${typeof deployment === 'string' ? deployment : deployment(upstream.url)}${settings}`,
  };
  const gateways = await Promise.all(
    Array.from({ length: replicas }, () => startGateway(surroundings)),
  );
  const of = (index: number): TestGateway => {
    const gateway = gateways[index % replicas];
    if (gateway === undefined) throw new Error('no gateway');
    return gateway;
  };
  const app = of(0).gateway.app;
  return {
    ...{ issuer, upstream, gateways, admin: Client.admin(of(0).url) },
    caller: (index, token) => new Client(of(index).url, token),
    rows: <T extends object>(sql: string, parameters: readonly unknown[] = []) =>
      app.get(Database).read<T[]>((manager) => manager.query(sql, [...parameters])),
    differences: async () => {
      for (const { gateway } of gateways) await gateway.app.get(SpendRecorder).flush();
      return (await app.get(Reconciler).run()).differences;
    },
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await upstream.close();
      await issuer.stop();
    },
  };
}

/** What windows have spent, and what is leased of them now. Its parameter is their ids. */
export const WINDOW_STATES = `SELECT w.scope, w.id, w.spent_usd::float AS spent, coalesce((
    SELECT sum(greatest(l.amount_usd, 0)) FROM budget_leases l
    WHERE (l.scope, l.id, l.window_start, l.window_end) = (w.scope, w.id, w.window_start, w.window_end)
    ), 0)::float AS held
  FROM budget_windows w WHERE w.id = ANY ($1) ORDER BY w.window_start`;

/** A row of {@link WINDOW_STATES}. */
export interface WindowState {
  readonly scope: string;
  readonly id: string;
  readonly spent: number;
  readonly held: number;
}
