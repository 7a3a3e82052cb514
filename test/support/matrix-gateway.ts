import type { WireFormat } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { UpstreamObjectsService } from '#libs/objects';
import { DeploymentStatesService } from '#libs/proxy';
import { Reconciler, SpendRecorder } from '#libs/spend';
import { anAccessContext } from './access-builders.js';
import { Client } from './client.js';
import { prefixEnvironment } from './credential-matrix.js';
import type { FakeBehaviour, FakeRecord } from './fake-behaviour.js';
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from './gateway.js';
import { TestIssuer } from './issuer.js';
import { MATRIX_MODEL, type MatrixCall } from './operation-matrix.js';
import { ownEndpoints, OWN_ROUTES } from './passed-calls.js';

/** Prices of every deployment, US dollars. */
export const MATRIX_PRICES = { input: '0.00000123', output: '0.00000777', query: '0.002' };
/** Tokens that the upstream bills each call. */
export const MATRIX_TOKENS = { promptTokens: 1_013, completionTokens: 207 };
/** Stands at the end of a response whose connection broke. */
export const BROKEN = '<broken>';

const KEPT_KINDS = [
  'response',
  'file',
  'batch',
  'fine_tuning_job',
  'vector_store',
  'conversation',
  'container',
] as const;

const TEAMS = {
  research: {},
  limited: { models: ['other-model'] },
  blocked: { blocked: true },
  poor: { max_budget: 0 },
  slow: { rpm_limit: 0 },
} as const;

/** Callers of the matrix: a member of each team, an administrator and a key without routes of models. */
export type MatrixCaller = keyof typeof TEAMS | 'admin' | 'key';

/** One request of the books. */
export interface MatrixEntry {
  readonly call_type: string;
  readonly model_group: string;
  readonly team_id: string;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly cost_usd: string;
  readonly state: string;
  readonly usage_source: string;
}

/** What became of a call. */
export interface MatrixOutcome {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** What reached the upstream. */
  readonly records: readonly FakeRecord[];
  readonly entries: readonly MatrixEntry[];
}

/** How a call is made. */
export interface MatrixRequest {
  readonly path?: string;
  /** `null`: without a credential. Left out: `research`. */
  readonly caller?: MatrixCaller | null;
  readonly behaviour?: FakeBehaviour;
}

/** A call, as far as it is sent. */
export type SentCall = Pick<MatrixCall, 'method' | 'paths' | 'body' | 'headers'>;

/** A gateway with callers that are refused for one reason each, whose calls are made one after the other. */
export class MatrixGateway {
  private calls = 0;

  private constructor(
    private readonly issuer: TestIssuer,
    readonly upstream: FakeUpstream,
    private readonly gateway: TestGateway,
    private readonly credentials: Readonly<Record<MatrixCaller, string>>,
  ) {}

  /** Starts it, and the upstream of all of its deployments. */
  static async start(): Promise<MatrixGateway> {
    const issuer = await TestIssuer.start();
    const upstream = await startFakeUpstream({ behaviour: MATRIX_TOKENS });
    const gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `${matrixDeployments(upstream.url)}
files_settings:
  - { custom_llm_provider: openai, api_base: "${upstream.url}/v1", api_key: files-secret }`,
      jwtauth: `${DEFAULT_JWTAUTH}
    team_allowed_routes: [openai_routes, anthropic_routes, google_routes, passthrough_routes_wildcard, ${OWN_ROUTES}]${ownEndpoints(upstream.url)}`,
      env: prefixEnvironment(upstream.url),
      gatehouse: `  spend: { client_abort: cancel }
router_settings: { num_retries: 0, disable_cooldowns: true }
`,
    });
    return new MatrixGateway(issuer, upstream, gateway, await credentialsOf(gateway, issuer));
  }

  /** Stops everything that was started. */
  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.upstream.close();
    await this.issuer.stop();
  }

  /** Makes a call, reads its response to the end and looks it up in the books. */
  async made(call: SentCall, request: MatrixRequest = {}): Promise<MatrixOutcome> {
    const before = this.upstream.records.length;
    const { id, response } = this.begin(call, request);
    const { status, headers, body } = await response;
    const text = await readable(body);
    this.upstream.drain();
    return {
      ...{ status, headers, text },
      records: this.upstream.records.slice(before),
      entries: await this.entriesOf(id),
    };
  }

  /**
   * Sends a call.
   * @param signal lets the client leave
   * @returns the id under which it is in the books, and its response as soon as its head is there
   */
  begin(
    { method, paths: [first = ''], body, headers }: SentCall,
    { path = first, caller = 'research', behaviour }: MatrixRequest,
    signal?: AbortSignal,
  ): { readonly id: string; readonly response: Promise<Response> } {
    this.calls += 1;
    const id = `cell-${String(this.calls)}`;
    if (behaviour !== undefined) this.upstream.enqueue({ ...MATRIX_TOKENS, ...behaviour });
    const token = caller === null ? null : this.credentials[caller];
    const response = new Client(this.gateway.url, token).open(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: { ...headers, 'x-request-id': id },
      ...(signal === undefined ? {} : { signal }),
    });
    return { id, response };
  }

  /** Returns the id of a new object of each kind that an upstream keeps for a caller. */
  async keptFor(caller: MatrixCaller): Promise<string> {
    this.calls += 1;
    const id = `kept-${String(this.calls)}`;
    const { app } = this.gateway.gateway;
    const { id: deploymentId = '' } = app.get(SettingsStore).current.deployments[0] ?? {};
    const owner = { userId: `of-${caller}`, teamId: caller, orgId: null };
    const { attribution } = anAccessContext({
      attribution: { ...anAccessContext({}).attribution, ...owner },
    });
    await app.get(UpstreamObjectsService).bind(
      KEPT_KINDS.map((kind) => ({ kind, id })),
      { attribution, deploymentId, modelGroup: MATRIX_MODEL },
    );
    return id;
  }

  /** The requests of an id in the books. */
  async entriesOf(id: string): Promise<readonly MatrixEntry[]> {
    const { app } = this.gateway.gateway;
    await app.get(SpendRecorder).flush();
    return app.get(Database).read((manager) =>
      manager.query<MatrixEntry[]>(
        `SELECT call_type, model_group, team_id, input_tokens, output_tokens, cost_usd, state, usage_source
          FROM gatehouse_spend_entries WHERE client_request_id = $1`,
        [id],
      ),
    );
  }

  /** What `/auth/explain` says to a call: its status and the reason of a refusal. */
  async explained(
    { method }: SentCall,
    route: string,
    caller: MatrixCaller,
    model = MATRIX_MODEL,
  ): Promise<readonly [status: number, reason: string | null]> {
    const { url } = this.gateway;
    const call = { token: this.credentials[caller], method, route, model };
    const response = await Client.admin(url).post<{ status: number; reason: string | null }>(
      '/auth/explain',
      call,
    );
    return [response.json.status, response.json.reason];
  }

  /** Attempts that run at each deployment, as the routing strategies count them. */
  running(): readonly number[] {
    const { app } = this.gateway.gateway;
    const states = app.get(DeploymentStatesService);
    return app.get(SettingsStore).current.deployments.map((one) => states.inFlight(one));
  }

  /** Where totals differ from the entries. */
  async differences(): Promise<readonly unknown[]> {
    const { app } = this.gateway.gateway;
    await app.get(SpendRecorder).flush();
    return (await app.get(Reconciler).run()).differences;
  }
}

/** The reason in an error that has the members of its API. */
export function reasonIn(wire: WireFormat, { status, text }: MatrixOutcome): unknown {
  const {
    type,
    error,
    request_id: id,
  } = JSON.parse(text) as {
    readonly type?: string;
    readonly request_id?: string;
    readonly error: Readonly<Record<string, unknown>>;
  };
  const code = wire === 'google' ? status : String(status);
  const members = {
    openai: [type, id],
    anthropic: [type, typeof id],
    google: [typeof error['status']],
  };
  const expected = {
    openai: [undefined, undefined],
    anthropic: ['error', 'string'],
    google: ['string'],
  };
  expect([typeof error['message'], error['code'], ...members[wire]]).toEqual([
    'string',
    code,
    ...expected[wire],
  ]);
  return error['reason'];
}

/** One deployment for each API, so that every operation has one that serves it. */
function matrixDeployments(upstreamUrl: string): string {
  const model = (provider: string, name: string): string => `
  - model_name: ${name}
    litellm_params:
      model: ${provider}/${name}
      api_base: ${upstreamUrl}/v1
      api_key: upstream-secret
      input_cost_per_token: ${MATRIX_PRICES.input}
      output_cost_per_token: ${MATRIX_PRICES.output}
      input_cost_per_query: ${MATRIX_PRICES.query}`;
  return ['openai', 'anthropic', 'gemini']
    .flatMap((provider) => [model(provider, MATRIX_MODEL), model(provider, 'other-model')])
    .join('');
}

async function credentialsOf(
  { url }: TestGateway,
  issuer: TestIssuer,
): Promise<Readonly<Record<MatrixCaller, string>>> {
  const admin = Client.admin(url);
  const sign = (sub: string, claims: object) =>
    issuer.sign({ sub, email: `${sub}@acme.example`, ...claims });
  const tokens: [string, string][] = [];
  for (const [team_id, limits] of Object.entries(TEAMS)) {
    expect((await admin.post('/team/new', { team_id, ...limits })).status).toBe(200);
    tokens.push([team_id, await sign(`of-${team_id}`, { team: team_id })]);
  }
  const key = await admin.post<{ key: string }>('/key/generate', {
    allowed_routes: ['info_routes'],
  });
  return {
    ...(Object.fromEntries(tokens) as Record<keyof typeof TEAMS, string>),
    admin: await sign('root', { scope: 'litellm_proxy_admin' }),
    key: key.json.key,
  };
}

async function readable(body: Response['body']): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? [])
      text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    text += BROKEN;
  }
  return text;
}
