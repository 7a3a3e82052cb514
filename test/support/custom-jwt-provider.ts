import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { startFromFile } from './file-gateway.js';
import { MASTER_KEY, type TestGateway } from './gateway.js';
import { GUIDE_EXAMPLES, withApiBase } from './guide-examples.js';
import { KeyServer } from './key-server.js';
import { aSigningKey, signToken, type SigningKey } from './signing.js';

/** `iss` of the custom-JWT guide. */
export const CUSTOM_ISSUER = 'https://your-auth-provider.com';

/** The payload that the guide shows (C6), without its times. */
const PAYLOAD = {
  sub: 'user123',
  email: 'user@example.com',
  role: 'admin',
  team: 'engineering',
  iss: CUSTOM_ISSUER,
  aud: 'litellm-proxy',
};

/**
 * The identity provider of the custom-JWT guide, with real keys, and an upstream for admitted
 * calls.
 */
export class CustomJwtProvider {
  private constructor(
    /** Its key. */
    readonly key: SigningKey,
    /** Publishes the key, and can be made to misbehave. */
    readonly server: KeyServer,
    readonly upstream: FakeUpstream,
  ) {}

  /** Starts one whose tokens have this algorithm. */
  static async start(algorithm = 'RS256'): Promise<CustomJwtProvider> {
    const key = aSigningKey(algorithm);
    return new CustomJwtProvider(
      key,
      await KeyServer.start(key.publicJwk),
      await startFakeUpstream(),
    );
  }

  /**
   * Starts a gateway on the guide's configuration. `issuer` stays as published; the address of the keys is a host on
   * the internet, which no test may depend on, so it alone is replaced by one of this machine.
   * @param text the configuration, C1 or a variant of it
   * @param env variables that it names beside the key of the upstream
   */
  gateway(
    text: string = GUIDE_EXAMPLES.C1,
    env: Readonly<Record<string, string>> = {},
  ): Promise<TestGateway> {
    const keys = `${CUSTOM_ISSUER}/.well-known/jwks.json`;
    const local = withApiBase(
      text.replaceAll(keys, this.server.jwksUrl),
      `${this.upstream.url}/v1`,
    );
    const variables = { OPENAI_API_KEY: 'openai-key', LITELLM_MASTER_KEY: MASTER_KEY, ...env };
    return startFromFile(local, variables);
  }

  /**
   * A token that is valid for an hour, unless its claims say otherwise; `undefined` leaves one out.
   * @param claims laid over the guide's payload
   * @param header laid over the header
   * @param key signs in place of the provider's own
   */
  token(
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    key: SigningKey = this.key,
  ): string {
    const times = { iat: inSeconds(0), exp: inSeconds(3_600) };
    return signToken(key, { header, payload: { ...PAYLOAD, ...times, ...claims } });
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.upstream.close();
    await this.server.stop();
  }
}

/** Returns the time `from` seconds from now, in seconds since the Unix epoch. */
export function inSeconds(from: number): number {
  return Math.floor(Date.now() / 1000) + from;
}
