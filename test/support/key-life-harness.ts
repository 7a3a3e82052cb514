import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { JwtModule, KeySetManager } from '#libs/auth';
import { JwtVerifier } from '#libs/auth/testing';
import { isGatehouseError } from '#libs/common';
import type { IssuerSettings } from '#libs/config';
import { aHarness, type HarnessOptions, type CredentialHarness } from './credential-harness.js';
import { eventually } from './eventually.js';
import { anIssuer } from './jwt-settings.js';
import { KeyServer } from './key-server.js';
import { aSigningKey, signToken, type SigningKey } from './signing.js';

/** Soft age of a key set, in seconds. */
export const TTL = 600;
/** How much longer an outage is bridged, in seconds. */
export const STALE = 3_600;
/** The key that the provider publishes at first. */
export const FIRST = aSigningKey('ES256');
/** The key that it rotates to. */
export const SECOND = aSigningKey('ES256');

/** How a harness differs from one that trusts the provider for every issuer. */
interface LifeOptions extends HarnessOptions {
  readonly entry?: Partial<IssuerSettings>;
}

/** A provider whose keys come and go, and harnesses that trust it; `start` before each test, `stop` after it. */
export function aKeyLife() {
  let server: KeyServer;
  const opened: CredentialHarness[] = [];
  const servers: KeyServer[] = [];

  async function start(): Promise<KeyServer> {
    server = await aServer(FIRST.publicJwk);
    return server;
  }

  async function stop(): Promise<void> {
    for (const harness of opened.splice(0)) await harness.close();
    for (const running of servers.splice(0)) await running.stop();
  }

  async function aServer(...keys: unknown[]): Promise<KeyServer> {
    const started = await KeyServer.start(...keys);
    servers.push(started);
    return started;
  }

  async function open({ entry, ...options }: LifeOptions = {}): Promise<CredentialHarness> {
    const jwt = {
      issuers: [anIssuer({ keyUrls: [server.jwksUrl], ...entry })],
      publicKeyTtlSeconds: TTL,
      publicKeyStaleTtlSeconds: STALE,
      ...options.jwt,
    };
    const harness = await aHarness({ imports: [JwtModule] }, { ...options, jwt });
    opened.push(harness);
    return harness;
  }

  /** `good`, or the code of the refusal. Every token is new, so no proof is remembered. */
  async function use(
    harness: CredentialHarness,
    key: SigningKey,
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const payload = { sub: 'alice', jti: randomUUID(), exp: harness.clock.seconds + 100_000 };
    return useToken(harness, signToken(key, { header, payload }));
  }

  async function useToken(harness: CredentialHarness, token: string): Promise<string> {
    return harness.module
      .get(JwtVerifier)
      .verify(token)
      .then(
        () => 'good',
        (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
      );
  }

  const stateOf = (harness: CredentialHarness) => harness.module.get(KeySetManager).status()[0];
  const settled = (harness: CredentialHarness, problem: boolean) =>
    eventually(() => {
      expect(stateOf(harness)?.problem !== null).toBe(problem);
    });

  return { start, stop, aServer, open, use, useToken, stateOf, settled };
}

/** A server's behaviour: applies `write` to each response. */
export const responses = (write: (response: ServerResponse) => void): RequestListener => {
  return (_request, response) => {
    write(response);
  };
};

/** A server's behaviour: one text for every request. */
export const text = (body: string, status = 200): RequestListener =>
  responses((response) => response.writeHead(status).end(body));
