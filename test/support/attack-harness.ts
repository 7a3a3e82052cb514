import { randomUUID } from 'node:crypto';
import { DecisionTrace } from '#libs/access';
import { Authenticator, CredentialsModule } from '#libs/auth/testing';
import { isGatehouseError } from '#libs/common';
import { aHarness, overHarnessRows, type CredentialHarness } from './credential-harness.js';
import { anIssuer } from './jwt-settings.js';
import { KeyServer } from './key-server.js';
import { aSigningKey, signToken } from './signing.js';

const AUDIENCE = 'gatehouse';

/** A master key that looks like a token. */
export const MASTER_KEY = 'sk-8c1f0d8f-with.two.dots';
/** Published, like all keys here but `STRANGER`. */
export const EC = aSigningKey('ES256');
/** Published for RS256. */
export const RSA = aSigningKey('RS256');
/** Published for EdDSA. */
export const ED = aSigningKey('EdDSA');
/** The key of the attacker, under the key id of `EC`. */
export const STRANGER = { ...aSigningKey('ES256'), kid: EC.kid };
/** Two keys that are published under one key id. */
export const TWINS = [aSigningKey('ES256'), aSigningKey('ES256')].map((key) => ({
  ...key,
  kid: 'twin',
}));
/** Published without an algorithm. */
export const UNPINNED = aSigningKey('RS256');
/** Too short. */
export const WEAK = aSigningKey('RS256', 1024);
/** Published for encryption. */
export const ENCRYPTION = aSigningKey('RS256');
/** A caller on this machine. */
export const LOCAL = { remoteAddress: '127.0.0.1' };

/** What runs while a suite attacks. */
interface AttackTargets {
  /** The provider that the harness trusts. */
  readonly server: KeyServer;
  /** Another one, which must never be asked. */
  readonly attacker: KeyServer;
  readonly harness: CredentialHarness;
}

/** A provider, an attacker beside it, and tokens for both; `start` comes first. */
export function anAttack() {
  let targets: AttackTargets;

  const claims = (over: Readonly<Record<string, unknown>> = {}) => ({
    iss: targets.server.origin,
    aud: AUDIENCE,
    sub: 'alice',
    iat: targets.harness.clock.seconds,
    exp: targets.harness.clock.seconds + 300,
    jti: randomUUID(),
    ...over,
  });

  const good = (header: Readonly<Record<string, unknown>> = {}, over = {}) =>
    signToken(EC, { header, payload: claims(over) });

  /** `accepted` and the subject, or the code of the refusal. */
  async function result(token: string, trace = new DecisionTrace('dec_test')): Promise<string> {
    try {
      const authenticator = targets.harness.module.get(Authenticator);
      const { subject } = await authenticator.authenticate(
        { authorization: `Bearer ${token}` },
        LOCAL,
        trace,
      );
      return `accepted ${String(subject)}`;
    } catch (error) {
      return isGatehouseError(error) ? error.code : String(error);
    }
  }

  const start = async (): Promise<AttackTargets> => {
    const attacker = await KeyServer.start(STRANGER.publicJwk);
    const server = await aTrustedServer();
    const harness = await aHarness(overHarnessRows(CredentialsModule), {
      masterKey: MASTER_KEY,
      jwt: {
        issuers: [
          anIssuer({
            keyUrls: [server.jwksUrl],
            issuer: server.origin,
            audience: { values: [AUDIENCE], patterns: [], domains: [] },
          }),
        ],
      },
    });
    targets = { server, attacker, harness };
    return targets;
  };

  const stop = async (): Promise<void> => {
    await targets.harness.close();
    await targets.server.stop();
    await targets.attacker.stop();
  };

  return { start, stop, claims, good, result };
}

function aTrustedServer(): Promise<KeyServer> {
  return KeyServer.start(
    EC.publicJwk,
    RSA.publicJwk,
    ED.publicJwk,
    ...TWINS.map(({ publicJwk }) => ({ ...publicJwk, kid: 'twin' })),
    { ...UNPINNED.publicJwk, alg: undefined },
    WEAK.publicJwk,
    { ...RSA.publicJwk, e: 'AQ', kid: 'exponent-1' },
    { ...ENCRYPTION.publicJwk, use: 'enc' },
    { kty: 'oct', k: 'c2VjcmV0', kid: EC.kid, alg: 'HS256' },
    null,
  );
}
