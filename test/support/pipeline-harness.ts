import type { AccessContext } from '#libs/access';
import { PipelineModule } from '#libs/auth';
import { AccessDecision, AccessPipeline } from '#libs/auth/testing';
import { isGatehouseError, newDecisionId, newRequestId } from '#libs/common';
import type { AccessSettings, ClaimFields, JwtSettings } from '#libs/config';
import { aTeam, aUser } from './access-builders.js';
import { aHarness, overHarnessRows, type CredentialHarness } from './credential-harness.js';
import { aClaim, anIssuer, withClaims } from './jwt-settings.js';
import { KeyServer } from './key-server.js';
import { RecordsHarness } from './records-harness.js';
import { aSigningKey, signToken } from './signing.js';

/** The master key of every harness. */
export const MASTER_KEY = 'sk-a-long-master-key-for-tests';

const CHAT = 'POST /v1/chat/completions';

const DEFAULT_CLAIMS: Partial<ClaimFields> = {
  teamId: aClaim('team'),
  isTeamSoft: false,
  userId: aClaim('sub'),
  userEmail: aClaim('email'),
  orgId: aClaim('org'),
  endUserId: aClaim('end_user'),
};
const DEFAULTS: Partial<JwtSettings> = { allowedEmailDomains: ['acme.example'] };

/** One call and what is special about it. */
export interface PipelineCase {
  readonly claims?: Record<string, unknown>;
  readonly token?: string;
  /** Settings that differ from the harness's. */
  readonly jwt?: Partial<JwtSettings>;
  /** Settings for every credential that differ from the harness's. */
  readonly access?: Partial<AccessSettings>;
  /** Claim fields that differ from the harness's, for every issuer. */
  readonly fields?: Partial<ClaimFields>;
  readonly route?: string;
  readonly body?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** A key that the harness's server vouches for. */
const KEY = aSigningKey();

/** The pipeline over rows in memory, with tokens that a real key server vouches for. */
export class PipelineHarness {
  /** The rows, and what was looked up and written. */
  readonly records = new RecordsHarness();
  private started: { readonly server: KeyServer; readonly credentials: CredentialHarness } | null =
    null;

  /** Starts the key server and puts the pipeline together. */
  async start(): Promise<void> {
    const server = await KeyServer.start(KEY.publicJwk);
    const credentials = await aHarness(
      { ...overHarnessRows(PipelineModule), records: this.records },
      {
        masterKey: MASTER_KEY,
        jwt: { issuers: [anIssuer({ keyUrls: [server.jwksUrl] })] },
      },
    );
    this.started = { server, credentials };
  }

  /** Ends everything that was started. */
  async stop(): Promise<void> {
    await this.parts.credentials.close();
    await this.parts.server.stop();
  }

  /** The issuer of the tokens. */
  get issuer(): string {
    return this.parts.server.origin;
  }

  /** Leaves `alice`, who is bound to the issuer, and her team `research`. */
  reset(): void {
    const { records } = this;
    records.reset();
    records.users.set('alice', aUser({ boundIssuer: this.issuer, boundSubject: 'alice' }));
    records.teams.set('research', aTeam());
    records.memberships.set('research:alice', 'token');
  }

  /** The call of a case; by default of `alice` for `research`, to chat with gpt-4o. */
  callOf({ claims = {}, token, route = CHAT, body, headers = {} }: PipelineCase): AccessDecision {
    const [method = '', target = ''] = route.split(' ');
    const call = new AccessDecision({
      requestId: newRequestId(),
      clientRequestId: null,
      decisionId: newDecisionId(),
      method,
      target,
      headers: { authorization: [`Bearer ${token ?? this.tokenFor(claims)}`], ...headers },
      remoteAddress: '127.0.0.1',
      source: { kind: 'headers' },
    });
    const members = new Map(Object.entries(body ?? { model: 'gpt-4o' }));
    call.body = { value: (name) => members.get(name) };
    return call;
  }

  /**
   * Runs every step.
   * @param one the settings that differ from the harness's
   * @throws GatehouseError the refusal
   */
  async run(
    call: AccessDecision,
    one: Pick<PipelineCase, 'jwt' | 'access' | 'fields'> = {},
  ): Promise<void> {
    const { settings, module } = this.parts.credentials;
    const before = settings.current;
    const jwt = { ...before.jwt, ...DEFAULTS, ...one.jwt };
    settings.swap({
      ...before,
      access: { ...before.access, ...one.access },
      jwt: withClaims(jwt, { ...DEFAULT_CLAIMS, ...one.fields }),
    });
    try {
      await module.get(AccessPipeline).run(call);
    } finally {
      settings.swap(before);
    }
  }

  /** Runs every step on the call of a case; a refusal is noted on the call. */
  async evaluate(one: PipelineCase): Promise<AccessDecision> {
    const call = this.callOf(one);
    try {
      await this.run(call, one);
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      expect(call.failure).toEqual({ code: error.code, status: error.status });
    }
    return call;
  }

  /** The context of a case that must be admitted. */
  async admit(one: PipelineCase): Promise<AccessContext> {
    const call = await this.evaluate(one);
    if (call.access === null) throw new Error(`refused: ${JSON.stringify(call.trace.steps)}`);
    return call.access;
  }

  private get parts() {
    if (this.started === null) throw new Error('the pipeline is there only while tests run');
    return this.started;
  }

  private tokenFor(claims: Record<string, unknown>): string {
    const { seconds } = this.parts.credentials.clock;
    const payload = {
      iss: this.issuer,
      sub: 'alice',
      email: 'alice@acme.example',
      team: 'research',
      iat: seconds,
      exp: seconds + 60,
      ...claims,
    };
    return signToken(KEY, { payload });
  }
}

/** Declares a group of tests on a pipeline of its own, which is reset before each test. */
export function describePipeline(name: string, define: (harness: PipelineHarness) => void): void {
  describe(name, () => {
    const harness = new PipelineHarness();

    beforeAll(async () => {
      await harness.start();
    });
    afterAll(async () => {
      await harness.stop();
    });
    beforeEach(() => {
      harness.reset();
    });

    define(harness);
  });
}
