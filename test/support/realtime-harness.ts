import { Client } from './client.js';
import { eventually } from './eventually.js';
import { startFakeRealtime, type FakeRealtime, type RealtimeRecord } from './fake-realtime.js';
import { startGateway, type TestGateway, type TestSurroundings } from './gateway.js';
import { TestIssuer, type TestClaims } from './issuer.js';
import { RealtimeClient } from './realtime-client.js';
import { Database } from '#libs/database';
import { Reconciler, SpendRecorder } from '#libs/spend';

/** The session of the model `voice`. */
export const REALTIME_PATH = '/v1/realtime?model=voice';
/** What a response of the fake upstream costs: 14 text and 8 audio in, 6 and 2 of them cached, 4 text and 8 audio out. */
export const RESPONSE_COST = '0.000450000000';

/** A row of the ledger, as tests of sessions look at it. */
interface Entry {
  readonly attempt: number;
  readonly state: string;
  readonly cost_usd: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly model: string;
}

/** A member of a team of its own. */
export interface RealtimeCaller {
  readonly token: string;
  readonly teamId: string;
  readonly userId: string;
}

/** A client with the connection of the gateway to the upstream. */
interface Connected {
  readonly client: RealtimeClient;
  readonly record: RealtimeRecord;
}

/** Models whose responses may cost 0.013 (`voice`), and one whose transcriptions may cost 0.007 (`scribe`). */
const realtimeModels = (url: string): string => `
  - model_name: voice
    litellm_params:
      model: openai/upstream-realtime
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0.000004
      output_cost_per_token: 0.000016
      cache_read_input_token_cost: 0.000001
      input_cost_per_audio_token: 0.00001
      cache_read_input_audio_token_cost: 0.000002
      output_cost_per_audio_token: 0.00003
    model_info: { max_input_tokens: 1000, max_output_tokens: 100 }
  - model_name: azure-voice
    litellm_params:
      model: azure/azure-realtime
      api_base: ${url}
      api_key: upstream-secret
      api_version: 2024-10-01-preview
      input_cost_per_token: 0.000004
      output_cost_per_token: 0.000016
  - model_name: scribe
    litellm_params:
      model: openai/upstream-scribe
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0.000006
      output_cost_per_token: 0.00001
    model_info: { max_input_tokens: 1000, max_output_tokens: 100 }`;

/** A gateway in front of a fake realtime upstream. */
export class RealtimeHarness {
  private teams = 0;

  private constructor(
    readonly issuer: TestIssuer,
    readonly upstream: FakeRealtime,
    readonly gateways: readonly TestGateway[],
  ) {}

  /** Starts it, with as many gateways on one database as asked for. */
  static async start(
    around: Partial<TestSurroundings> & { readonly replicas?: number } = {},
  ): Promise<RealtimeHarness> {
    const { replicas = 1, ...rest } = around;
    const issuer = await TestIssuer.start();
    const upstream = await startFakeRealtime();
    const surroundings = {
      ...{ issuer, upstreamUrl: upstream.url, models: realtimeModels(upstream.url) },
      ...rest,
    };
    const gateways = await Promise.all(
      Array.from({ length: replicas }, () => startGateway(surroundings)),
    );
    return new RealtimeHarness(issuer, upstream, gateways);
  }

  /** The first gateway. */
  get gateway(): TestGateway {
    const [first] = this.gateways;
    if (first === undefined) throw new Error('no gateway');
    return first;
  }

  /** The administrator of the first gateway. */
  get admin(): Client {
    return Client.admin(this.gateway.url);
  }

  /** A member of a new team. */
  async caller(row: object = {}, claims: TestClaims = {}): Promise<RealtimeCaller> {
    const [teamId, userId] = [`team-${String((this.teams += 1))}`, `user-${String(this.teams)}`];
    await this.admin.post('/team/new', { team_id: teamId, ...row });
    const token = await this.issuer.sign({
      ...{ sub: userId, email: 'a@acme.example', team: teamId },
      ...claims,
    });
    return { token, teamId, userId };
  }

  /** Opens a session. */
  async connect(token: string, path = REALTIME_PATH, url = this.gateway.url): Promise<Connected> {
    const client = await RealtimeClient.connect(url, path, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!(client instanceof RealtimeClient)) throw new Error(JSON.stringify(client));
    const record = this.upstream.records.at(-1);
    if (record === undefined) throw new Error('no upstream');
    await client.next('session.created');
    return { client, record };
  }

  /** Asks for a session that is refused. */
  async refusal(
    token: string | null,
    path = REALTIME_PATH,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly reason: string }> {
    const refused = await RealtimeClient.connect(this.gateway.url, path, {
      headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    });
    if (refused instanceof RealtimeClient) throw new Error('connected');
    const { error } = JSON.parse(refused.body) as { error: { reason: string } };
    return { status: refused.status, reason: error.reason };
  }

  /** Entries of a user. */
  async entries(userId: string): Promise<Entry[]> {
    for (const { gateway } of this.gateways) await gateway.app.get(SpendRecorder).flush();
    return this.gateway.gateway.app.get(Database).read((manager) =>
      manager.query(
        `SELECT attempt, state, cost_usd::text, input_tokens::int, output_tokens::int, model
           FROM spend_entries WHERE user_id = $1 ORDER BY attempt`,
        [userId],
      ),
    );
  }

  /** Where totals differ from the entries. */
  async differences(): Promise<readonly unknown[]> {
    return (await this.gateway.gateway.app.get(Reconciler).run()).differences;
  }

  /** Waits until the gateway has closed a connection to the upstream. */
  closing(record: RealtimeRecord): Promise<RealtimeRecord['closed']> {
    return eventually(() => {
      expect(record.closed).not.toBeNull();
      return record.closed;
    });
  }

  /** Ends all of it. */
  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await this.upstream.close();
    await this.issuer.stop();
  }
}
