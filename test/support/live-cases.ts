import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createGateway, type Gateway } from '#gateway/application/bootstrap';
import { JsonLogger } from '#gateway/logging/json-logger';
import type { DecisionRecord } from '#libs/auth';
import {
  completeClaims,
  completeRequest,
  endUserRow,
  keyMappingRow,
  keyRow,
  membershipRow,
  organizationRow,
  teamRow,
  userRow,
  type CompleteRequest,
  type ExpectationCase,
  type ExpectationFile,
} from '#libs/offline';
import { settingsFromYaml, type Settings } from '#libs/config';
import { Database, LocalChangeFeed } from '#libs/database';
import { Client } from './client.js';
import { embeddedDataDirectory } from './embedded.js';
import { eventually } from './eventually.js';
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { MASTER_KEY } from './gateway.js';
import { TestIssuer } from './issuer.js';

/** Tokens of this `iss` are signed with the partner's keys, all others with those of the first provider. */
const PARTNER = 'https://partner.example';
/** Those that a case may fill, referring ones first. Emptied row by row: TRUNCATE makes new files, which takes far longer. */
const TABLES = [
  'jwt_key_mappings',
  'virtual_keys',
  'team_memberships',
  'end_users',
  'users',
  'teams',
  'organizations',
];
const MODEL_PATHS = /\/chat\/completions$|\/models(\/|$)/;

/** One case as three evaluates saw it. */
export interface LiveOutcome {
  /** HTTP status of the call. */
  readonly status: number;
  /** What the gateway noted about the call itself. */
  readonly live: DecisionRecord;
  /** What it had answered when it was asked about the token beforehand. */
  readonly explained: DecisionRecord;
  /** What it had answered when it was asked about the claims alone; `null` where the case states a token. */
  readonly explainedByClaims: DecisionRecord | null;
  /** True when the call went to a route that answers by the guards' evaluation alone. */
  readonly isStatusTelling: boolean;
}

/** What the configurations of case files may refer to. */
interface Surroundings {
  readonly provider: TestIssuer;
  readonly partner: TestIssuer;
  readonly upstream: FakeUpstream;
}

/**
 * A gateway that listens, on the configuration of one case file, with its rows in a real database; providers with real
 * keys, and an upstream. Configurations refer to them as `os.environ/IDP_JWKS`, `PARTNER_JWKS`, `UPSTREAM_URL` and
 * `MASTER_KEY`.
 */
export class LiveCases {
  private isTouched = true;

  private constructor(
    private readonly file: ExpectationFile,
    private readonly around: Surroundings,
    private readonly gateway: Gateway,
    private readonly url: string,
    /** The configuration of the file. */
    readonly settings: Settings,
  ) {}

  /** Starts everything. */
  static async start(file: ExpectationFile): Promise<LiveCases> {
    const [provider, partner] = [await TestIssuer.start(), await TestIssuer.start()];
    const upstream = await startFakeUpstream();
    const around = { provider, partner, upstream };
    const settings = settingsFromYaml(file.config ?? '', {
      IDP_JWKS: provider.jwksUrl,
      PARTNER_JWKS: partner.jwksUrl,
      UPSTREAM_URL: `${upstream.url}/v1`,
      MASTER_KEY,
      GATEHOUSE_DATA_DIR: await embeddedDataDirectory(),
      LOG_LEVEL: 'fatal',
      PORT: '0',
    });
    const gateway = await createGateway(settings, { logger: new JsonLogger('fatal') });
    await gateway.app.get(Database).whenReady();
    const { url } = await gateway.listen();
    return new LiveCases(file, around, gateway, url, settings);
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    await this.gateway.shutdown();
    await Promise.all([this.around.provider.stop(), this.around.partner.stop()]);
    await this.around.upstream.close();
    rmSync(this.settings.dataDir, { recursive: true, force: true });
  }

  /** Asks about the call of a case, then makes it, then looks up what was decided. */
  async evaluate(one: ExpectationCase): Promise<LiveOutcome> {
    if (this.isTouched) await this.resetRows();
    const request = completeRequest(one.request, this.file.defaults?.request);
    const claims = this.claimsOf(one);
    const token = one.token ?? (await this.sign(claims));
    const explained = await this.explain({ token }, request);
    const explainedByClaims =
      one.token === undefined ? await this.explain({ claims }, request) : null;
    const response = await new Client(this.url, token).send(request.method, request.route, {
      headers: request.headers,
      ...(request.method === 'GET' ? {} : { body: bodyOf(request) }),
    });
    // An admitted call leaves rows, also where the handler then refuses the body.
    this.isTouched = explained.allowed || response.status < 400;
    const decisionId = response.headers.get('x-gatehouse-decision-id');
    if (decisionId === null)
      throw new Error(`no guarded route: ${request.method} ${request.route}`);
    const live = await this.decision(decisionId);
    return {
      status: response.status,
      live,
      explained,
      explainedByClaims,
      isStatusTelling: !explained.allowed || MODEL_PATHS.test(request.route),
    };
  }

  private async explain(caller: object, request: CompleteRequest): Promise<DecisionRecord> {
    const { method, route, model, user, headers } = request;
    const body = { ...caller, method, route, model, user, headers };
    const response = await Client.admin(this.url).post<DecisionRecord>('/auth/explain', body);
    if (response.status !== 200) throw new Error(`explain answered ${response.text}`);
    return response.json;
  }

  /** The decision is noted when the answer has ended, which its client may learn first. */
  private decision(id: string): Promise<DecisionRecord> {
    return eventually(async () => {
      const response = await Client.admin(this.url).get<DecisionRecord>(`/decisions/${id}`);
      if (response.status !== 200) throw new Error(`no decision ${id}: ${response.text}`);
      return response.json;
    });
  }

  private claimsOf(one: ExpectationCase): Readonly<Record<string, unknown>> {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return completeClaims(one, this.file.defaults ?? {}, nowSeconds);
  }

  private sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const signer = claims['iss'] === PARTNER ? this.around.partner : this.around.provider;
    // What the issuer would put into every token and this one does not say is not to be there.
    const absent = { iss: null, aud: null, iat: null, exp: null, sub: null };
    return signer.sign({ ...absent, ...claims });
  }

  /** Leaves exactly the rows of the file, because an admitted call may have made some. */
  private async resetRows(): Promise<void> {
    const database = this.gateway.app.get(Database);
    const { given = {} } = this.file;
    const rows = [
      ...(given.organizations ?? []).map(organizationRow),
      ...(given.teams ?? []).map(teamRow),
      ...(given.users ?? []).map(userRow),
      ...(given.end_users ?? []).map(endUserRow),
      ...(given.memberships ?? []).map(membershipRow),
      ...(given.keys ?? []).map(keyRow),
      ...(given.key_mappings ?? []).map(keyMappingRow),
    ];
    await database.write(async ({ manager }) => {
      for (const table of TABLES) await manager.query(`DELETE FROM ${table}`);
      for (const row of rows) await manager.insert(row.constructor, row);
    });
    if (!(database.changes instanceof LocalChangeFeed)) throw new Error('no feed of this process');
    database.changes.deliverAll();
    this.isTouched = false;
  }
}

/** Directory of the case files. */
export const CASES = join(import.meta.dirname, '../cases');

function bodyOf({ model, user, route }: CompleteRequest): object {
  const named = {
    ...(model === undefined ? {} : { model }),
    ...(user === undefined ? {} : { user }),
  };
  return MODEL_PATHS.test(route)
    ? { ...named, messages: [{ role: 'user', content: 'hello' }] }
    : named;
}
