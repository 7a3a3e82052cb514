import type { Type } from '@nestjs/common';
import { DecisionTrace, type Principal } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { aHarness, type HarnessContent, type CredentialHarness } from './credential-harness.js';
import { KeyServer } from './key-server.js';
import { aSigningKey, signToken, type SigningKey } from './signing.js';

/** What the harness asks of the resolver of tokens, which its library keeps to itself. */
interface ResolvesTokens {
  resolve(
    credential: { readonly token: string; readonly isLocal: boolean; readonly route: null },
    trace: DecisionTrace,
  ): Promise<Principal | null>;
}

/** The parts that make principals of tokens. */
export interface PrincipalParts {
  readonly content: HarnessContent;
  readonly resolver: Type<ResolvesTokens>;
}

/** Principals of tokens of the issuers that a config.yaml describes, signed with a key that its key server publishes. */
export class PrincipalHarness {
  private constructor(
    private readonly resolver: Type<ResolvesTokens>,
    readonly harness: CredentialHarness,
    /** Publishes the key, at the address that the file gets. */
    readonly server: KeyServer,
    private readonly key: SigningKey,
  ) {}

  /**
   * Starts one.
   * @param file the config.yaml, made of the address of the key set
   */
  static async start(
    { content, resolver }: PrincipalParts,
    file: (jwksUrl: string) => string,
  ): Promise<PrincipalHarness> {
    const key = aSigningKey('RS256');
    const server = await KeyServer.start(key.publicJwk);
    const { jwt, access } = settingsFromYaml(file(server.jwksUrl));
    const harness = await aHarness(content, { jwt, access });
    return new PrincipalHarness(resolver, harness, server, key);
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
    const resolver = this.harness.module.get(this.resolver);
    const principal = await resolver.resolve({ token, isLocal: true, route: null }, trace);
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
