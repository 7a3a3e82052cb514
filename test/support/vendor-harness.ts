import type { DecisionRecord } from '#libs/auth';
import { Client, type Answer } from './client.js';
import { eventually } from './eventually.js';
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { startFromFile } from './file-gateway.js';
import { MASTER_KEY, type TestGateway } from './gateway.js';
import { KeyServer } from './key-server.js';
import { aSigningKey, signToken, type SigningKey } from './signing.js';

type Members = Readonly<Record<string, unknown>>;

/** The user and team that a call was booked to. */
export interface Attribution {
  readonly user: string;
  readonly team: string | null;
  readonly issuer: string;
  readonly subject: string;
}

/** One row of `GET /spend/logs`, as far as it says that. */
interface SpendRow {
  readonly user: string;
  readonly team_id: string | null;
  readonly metadata: { readonly issuer: string; readonly subject: string };
}

/** A gateway that trusts issuers by their presets, and one key that stands for those of all of them. */
export class VendorHarness {
  /** The bootstrap administrator. */
  readonly admin: Client;

  private constructor(
    readonly gateway: TestGateway,
    readonly upstream: FakeUpstream,
    private readonly server: KeyServer,
    private readonly key: SigningKey,
  ) {
    this.admin = Client.admin(gateway.url);
  }

  /**
   * Starts one with a model `test-model`. Vendors publish their keys on hosts of the internet; `jwks_url` of each entry
   * names a server of this machine in their place, everything else is what the preset fills in.
   * @param issuers lines of `gatehouse.issuers`, made of the address of the keys
   * @param more further lines of `gatehouse`, and of `litellm_jwtauth`
   */
  static async start(
    issuers: (jwksUrl: string) => string,
    more: { readonly gatehouse?: string; readonly jwtauth?: string } = {},
  ): Promise<VendorHarness> {
    const key = aSigningKey('RS256');
    const server = await KeyServer.start(key.publicJwk);
    const upstream = await startFakeUpstream();
    const gateway = await startFromFile(`
model_list:
  - model_name: test-model
    litellm_params:
      model: openai/gpt-4o
      api_base: ${upstream.url}/v1
      api_key: upstream-secret
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
  litellm_jwtauth:
    user_id_upsert: true
${more.jwtauth ?? ''}
gatehouse:
${more.gatehouse ?? ''}
  issuers:
${issuers(server.jwksUrl)}`);
    return new VendorHarness(gateway, upstream, server, key);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.upstream.close();
    await this.server.stop();
  }

  /**
   * A token of five minutes with these claims.
   * @param claims `undefined` leaves one out
   * @param header laid over `alg`, `kid` and `typ`
   */
  token(claims: Members, header: Members = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now, exp: now + 300 };
    return signToken(this.key, { header, payload: { ...times, ...claims } });
  }

  /** One chat completion with such a token. */
  chat(claims: Members, header: Members = {}): Promise<Answer> {
    return new Client(this.gateway.url, this.token(claims, header)).chat();
  }

  /** `200`, or the status and the reason of the refusal of one chat completion. */
  async result(claims: Members, header: Members = {}): Promise<string> {
    const { status, json } = await this.chat(claims, header);
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  }

  /** Makes one chat completion, which must succeed, and returns the attribution of its record. */
  async booked(claims: Members, header: Members = {}): Promise<Attribution> {
    const response = await this.chat(claims, header);
    if (response.status !== 200) throw new Error(response.text);
    const id = response.headers.get('x-request-id') ?? '';
    return eventually(async () => {
      const { json } = await this.admin.get<SpendRow[]>(`/spend/logs?request_id=${id}`);
      const [row] = json;
      if (row === undefined) throw new Error('not booked yet');
      const { issuer, subject } = row.metadata;
      return { user: row.user, team: row.team_id, issuer, subject };
    });
  }

  /** What the guards say about a chat completion with such a token. */
  async explained(claims: Members, header: Members = {}): Promise<DecisionRecord> {
    const body = { token: this.token(claims, header), model: 'test-model' };
    const response = await this.admin.post<DecisionRecord>('/auth/explain', body);
    if (response.status !== 200) throw new Error(response.text);
    return response.json;
  }
}
