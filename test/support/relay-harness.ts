import { Module, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ErrorFilter } from '#gateway/http/error.filter';
import { GatewayExpressAdapter } from '#gateway/http/gateway-express-adapter';
import { JsonLogger } from '#gateway/logging/json-logger';
import {
  attachRequestState,
  DecisionTrace,
  Withdrawal,
  requestTagsOf,
  type AccessContext,
  type RequestState,
} from '#libs/access';
import { newRequestId, readBody, scanJsonObject } from '#libs/common';
import { ConfigurationModule, settingsFromYaml, SettingsStore } from '#libs/config';
import {
  ObjectsModule,
  PendingObjectsService,
  RequestClaimsService,
  UpstreamObjectsService,
} from '#libs/objects';
import { ProxyModule, UnsettledCalls, UpstreamTransport } from '#libs/proxy';
import { FakeObjects } from './fake-objects.js';
import { aPrincipal, anAccessContext } from './access-builders.js';
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { CostAdmission, CostAdmissionModule, SpendModule, SpendRecorder } from '#libs/spend';
import type { CallIntent, CallOutcome, CallRef } from '#libs/spend';

/** The harness is only asked for what it has. */
const NO_ROUTES = { methodsOf: () => [], literalPaths: [] };

/** What a relay told the spend journal, in order. */
type SpendEvent =
  | { readonly kind: 'open'; readonly intent: CallIntent }
  | { readonly kind: 'settle'; readonly ref: CallRef; readonly outcome: CallOutcome }
  | { readonly kind: 'release'; readonly ref: CallRef };

/** A journal in memory that can be made to wait or to fail. */
class FakeSpend {
  readonly events: SpendEvent[] = [];
  /** Awaited before a settlement counts as written. */
  beforeSettle: (() => Promise<void>) | null = null;
  /** Awaited before an intent counts as durable. */
  beforeOpen: (() => Promise<void>) | null = null;

  /** Outcomes in the order of settlement. */
  get outcomes(): CallOutcome[] {
    return this.events.flatMap((event) => (event.kind === 'settle' ? [event.outcome] : []));
  }

  /** Intents in order. */
  get intents(): CallIntent[] {
    return this.events.flatMap((event) => (event.kind === 'open' ? [event.intent] : []));
  }

  /** Kinds of events in order. */
  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  async open(intent: CallIntent): Promise<void> {
    await this.beforeOpen?.();
    this.events.push({ kind: 'open', intent });
  }

  async settle(ref: CallRef, outcome: CallOutcome): Promise<void> {
    await this.beforeSettle?.();
    this.events.push({ kind: 'settle', ref, outcome });
  }

  async release(ref: CallRef): Promise<void> {
    this.events.push({ kind: 'release', ref });
    await Promise.resolve();
  }

  /** What a crash would book is not an event of the call. */
  progress(): void {
    return;
  }
}

/**
 * A configuration whose model `test` has prices of its own and everything that a deployment can be given.
 * @param further entries of the list behind it
 */
export function relayConfiguration(url: string, further: string): string {
  return `model_list:
  - model_name: test
    litellm_params: { model: openai/real-model, api_base: "${url}/v1", api_key: upstream-key,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777, cache_read_input_token_cost: 0.000000456,
      organization: org-configured, extra_headers: { x-static: "1" }, timeout: 20 }
    model_info: { id: dep-1 }
${further}router_settings: { num_retries: 0 }
`;
}

/** A relay without guards, database or journal, listening on loopback. */
export interface RelayHarness {
  readonly url: string;
  readonly chatUrl: string;
  readonly spend: FakeSpend;
  /** What upstreams keep, in memory. */
  readonly objects: FakeObjects;
  readonly unsettledCalls: UnsettledCalls;
  /** States of the requests in order of arrival. */
  readonly states: RequestState[];
  /** How often planned writes were committed, and what had happened to the journal until then. */
  readonly commits: string[][];
  /** Awaited before planned writes count as committed; a test sets it. */
  beforeCommit: (() => Promise<void>) | null;
  /** Models that callers may use; every model when `null`. */
  models: readonly string[] | null;
  /** Takes the access of every later call back when it is withdrawn; a test replaces it. */
  withdrawal: Withdrawal;
  /** Connections of clients that are open. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** The parts of a relay that a test replaces; default are those of the gateway. */
interface RelayParts {
  /** Makes the calls to upstreams. */
  readonly transport?: UpstreamTransport;
  readonly costs?: CostAdmission;
}

/**
 * Starts the proxy module alone. Each request is admitted as a caller whose user id is its header `x-user`.
 * @param yaml `model_list` and further sections
 */
export async function startRelay(
  yaml: string,
  { transport, costs }: RelayParts = {},
): Promise<RelayHarness> {
  const spend = new FakeSpend();
  const states: RequestState[] = [];
  const commits: string[][] = [];
  @Module({
    imports: [CostAdmissionModule],
    providers: [{ provide: SpendRecorder, useValue: spend }],
    exports: [SpendRecorder, CostAdmissionModule],
  })
  class FakeSpendModule {}
  const objects = new FakeObjects();
  @Module({
    providers: [
      { provide: UpstreamObjectsService, useValue: objects },
      // No call of this harness makes an object that is booked later.
      { provide: PendingObjectsService, useValue: {} },
      { provide: RequestClaimsService, useValue: {} },
    ],
    exports: [UpstreamObjectsService, PendingObjectsService, RequestClaimsService],
  })
  class FakeObjectsModule {}
  const module = Test.createTestingModule({
    imports: [ConfigurationModule.forRoot(settingsFromYaml(yaml)), ProxyModule],
  })
    .overrideModule(SpendModule)
    .useModule(FakeSpendModule)
    .overrideModule(ObjectsModule)
    .useModule(FakeObjectsModule);
  if (transport !== undefined) module.overrideProvider(UpstreamTransport).useValue(transport);
  if (costs !== undefined) module.overrideProvider(CostAdmission).useValue(costs);
  const built = await module.compile();
  const logger = new JsonLogger('fatal');
  const app = built.createNestApplication<NestExpressApplication>(
    new GatewayExpressAdapter({ rootPath: '', passThrough: { prefixes: [] } }),
    { bodyParser: false, logger },
  );
  const harness: RelayHarness = {
    url: '',
    chatUrl: '',
    spend,
    unsettledCalls: app.get(UnsettledCalls),
    objects,
    states,
    commits,
    beforeCommit: null,
    models: null,
    withdrawal: new Withdrawal(),
    connections: () =>
      new Promise((resolve, reject) => {
        app.getHttpServer().getConnections((error: Error | null, count: number) => {
          if (error === null) resolve(count);
          else reject(error);
        });
      }),
    stop: () => app.close(),
  };
  app.useGlobalFilters(new ErrorFilter(logger, app.get(SettingsStore), NO_ROUTES));
  app.useGlobalGuards(new Admission(harness));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  return Object.assign(harness, { url, chatUrl: `${url}/v1/chat/completions` });
}

/**
 * Declares a group of tests on one relay before one upstream; before each test the spend journal is empty and every
 * model is allowed.
 * @param yaml makes the configuration from the address of the upstream
 */
export function describeRelay(
  name: string,
  yaml: (upstreamUrl: string) => string,
  define: (relay: () => RelayHarness, upstream: () => FakeUpstream) => void,
): void {
  describe(name, () => {
    let upstream: FakeUpstream;
    let relay: RelayHarness;

    beforeAll(async () => {
      upstream = await startFakeUpstream();
      relay = await startRelay(yaml(upstream.url));
    });
    afterAll(async () => {
      await relay.stop();
      await upstream.close();
    });
    beforeEach(() => {
      relay.spend.events.length = 0;
      relay.models = null;
    });

    define(
      () => relay,
      () => upstream,
    );
  });
}

/** Stands in for the guards: admits everybody. */
class Admission implements CanActivate {
  constructor(private readonly harness: RelayHarness) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const requestId = newRequestId();
    const state: RequestState = {
      requestId,
      clientRequestId: null,
      startedAtMs: performance.now(),
      trace: new DecisionTrace(`dec_${requestId}`),
      log: {},
    };
    if (request.method === 'POST') {
      state.body = await readBody(request, 33_554_432);
      state.scan = scanJsonObject(state.body);
    }
    state.access = this.accessOf(request, state);
    attachRequestState(request, state);
    this.harness.states.push(state);
    return true;
  }

  private accessOf({ headers }: IncomingMessage, { requestId, scan }: RequestState): AccessContext {
    const { harness } = this;
    const userId = (headers['x-user'] as string | undefined) ?? 'user';
    return anAccessContext({
      requestId,
      decisionId: `dec_${requestId}`,
      principal: aPrincipal({ subject: userId, userId }),
      attribution: {
        issuer: 'https://issuer.example',
        subject: userId,
        keyId: null,
        userId,
        teamId: 'team',
        orgId: null,
        endUserId: null,
      },
      tags: requestTagsOf({ own: [], headers, body: scan ?? null }),
      withdrawal: harness.withdrawal,
      models: { mayUse: (model) => harness.models === null || harness.models.includes(model) },
      admission: {
        commit: async () => {
          harness.commits.push(harness.spend.kinds);
          await harness.beforeCommit?.();
        },
      },
    });
  }
}
