import { DecisionTrace, type Principal } from '#libs/access';
import { RevocationList } from '#libs/auth';
import {
  CredentialsModule,
  digestOf,
  JwtResolver,
  LogoutInquiryService,
  TokenKeyMappingService,
} from '#libs/auth/testing';
import { isGatehouseError } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { aHarness, overHarnessRows, type CredentialHarness } from './credential-harness.js';
import { KeyServer } from './key-server.js';
import { aSigningKey, signToken, type SigningKey } from './signing.js';

/** Reads a token and asks neither a provider nor a table about it. */
const OVERRIDES = [
  {
    provide: LogoutInquiryService,
    useValue: { confirmed: (principal: object) => Promise.resolve(principal) },
  },
  { provide: RevocationList, useValue: { refuseRevoked: () => Promise.resolve() } },
  { provide: TokenKeyMappingService, useValue: { mapped: () => Promise.resolve(null) } },
];

/** Principals of tokens of the issuers that a config.yaml describes, signed with a key that its key server publishes. */
export class PrincipalHarness {
  private constructor(
    readonly harness: CredentialHarness,
    /** Publishes the key, at the address that the file gets. */
    readonly server: KeyServer,
    private readonly key: SigningKey,
  ) {}

  /**
   * Starts one.
   * @param file the config.yaml, made of the address of the key set
   */
  static async start(file: (jwksUrl: string) => string): Promise<PrincipalHarness> {
    const key = aSigningKey('RS256');
    const server = await KeyServer.start(key.publicJwk);
    const { jwt, access } = settingsFromYaml(file(server.jwksUrl));
    const harness = await aHarness(
      { ...overHarnessRows(CredentialsModule), overrides: OVERRIDES },
      { jwt, access },
    );
    return new PrincipalHarness(harness, server, key);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.harness.close();
    await this.server.stop();
  }

  /** A token that is valid for a minute, unless its claims say otherwise. */
  token(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
  ): string {
    const { seconds } = this.harness.clock;
    const payload = { iat: seconds, nbf: seconds, exp: seconds + 60, ...claims };
    return signToken(this.key, { header, payload });
  }

  /** The principal of a token with these claims. */
  async principal(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
    trace = new DecisionTrace('dec_test'),
  ): Promise<Principal> {
    const token = this.token(claims, header);
    const resolver = this.harness.module.get(JwtResolver);
    const principal = await resolver.resolve(
      { token, digest: digestOf(token), isLocal: true, route: null },
      trace,
    );
    if (principal === null) throw new Error('the token is left to others');
    return principal;
  }

  /** `accepted`, or the code of the refusal. */
  async result(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    try {
      await this.principal(claims, header);
      return 'accepted';
    } catch (error) {
      return isGatehouseError(error) ? error.code : String(error);
    }
  }
}
