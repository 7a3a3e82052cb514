import type { Type } from '@nestjs/common';
import type { AccessContext, DecisionTrace } from '#libs/access';
import { isGatehouseError, newDecisionId, newRequestId, type ErrorCode } from '#libs/common';
import type { AccessSettings, ClaimFields, JwtSettings } from '#libs/config';
import { aTeam, aUser } from './access-builders.js';
import { aHarness, type HarnessContent, type CredentialHarness } from './credential-harness.js';
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

/** What a call is made from. */
interface CallDescription {
  readonly requestId: string;
  readonly clientRequestId: null;
  readonly decisionId: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly remoteAddress: string;
  readonly source: { readonly kind: 'headers' };
}

/** What the harness reads of a call. */
interface CallOutcome {
  body: { value(name: string): unknown } | null;
  readonly trace: DecisionTrace;
  readonly access: AccessContext | null;
  readonly failure: { readonly code: ErrorCode; readonly status: number } | null;
}

/** The pipeline and its calls, which their library does not show at its front door. */
export interface PipelineParts<C extends CallOutcome> {
  readonly content: HarnessContent;
  readonly pipeline: Type<{ run(call: C): Promise<void> }>;
  readonly call: new (description: CallDescription) => C;
}

/** What a harness is built around. */
interface HarnessParts<C extends CallOutcome> extends PipelineParts<C> {
  readonly records: RecordsHarness;
  readonly server: KeyServer;
  readonly harness: CredentialHarness;
}

/** A key that the harness's server vouches for. */
const KEY = aSigningKey();

/** The pipeline over rows in memory, with tokens that a real key server vouches for. */
export class PipelineHarness<C extends CallOutcome> {
  private constructor(private readonly parts: HarnessParts<C>) {}

  /** Starts the key server and puts the pipeline together. */
  static async start<C extends CallOutcome>(parts: PipelineParts<C>): Promise<PipelineHarness<C>> {
    const records = new RecordsHarness();
    const server = await KeyServer.start(KEY.publicJwk);
    const harness = await aHarness(
      { ...parts.content, records },
      {
        masterKey: MASTER_KEY,
        jwt: { issuers: [anIssuer({ keyUrls: [server.jwksUrl] })] },
      },
    );
    return new PipelineHarness({ ...parts, records, server, harness });
  }

  /** Ends everything that was started. */
  async stop(): Promise<void> {
    await this.parts.harness.close();
    await this.parts.server.stop();
  }

  /** The rows, and what was looked up and written. */
  get records(): RecordsHarness {
    return this.parts.records;
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
  callOf({ claims = {}, token, route = CHAT, body, headers = {} }: PipelineCase): C {
    const [method = '', target = ''] = route.split(' ');
    const call = new this.parts.call({
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
  async run(call: C, one: Pick<PipelineCase, 'jwt' | 'access' | 'fields'> = {}): Promise<void> {
    const { settings, module } = this.parts.harness;
    const before = settings.current;
    const jwt = { ...before.jwt, ...DEFAULTS, ...one.jwt };
    settings.swap({
      ...before,
      access: { ...before.access, ...one.access },
      jwt: withClaims(jwt, { ...DEFAULT_CLAIMS, ...one.fields }),
    });
    try {
      await module.get(this.parts.pipeline).run(call);
    } finally {
      settings.swap(before);
    }
  }

  /** Runs every step on the call of a case; a refusal is noted on the call. */
  async evaluate(one: PipelineCase): Promise<C> {
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

  private tokenFor(claims: Record<string, unknown>): string {
    const { seconds } = this.parts.harness.clock;
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
