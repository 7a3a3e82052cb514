import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** What the gateways under test expect in `aud`. */
export const AUDIENCE = 'gatehouse-tests';

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Claims of a token; `null` leaves a default claim out. */
export type TestClaims = Readonly<Record<string, unknown>>;

/**
 * An issuer with real keys behind a real HTTP key set, which tests can stop, rotate and count.
 * For the flows of an OpenID provider use the demo's identity provider instead.
 */
export class TestIssuer {
  /** How often the key set was asked for. */
  fetches = 0;
  /** Cuts every connection unanswered, but counts it. */
  isDown = false;
  /** Published in place of its keys when set. */
  published: readonly unknown[] | null = null;
  private keys: SigningKey[] = [];
  private port = 0;
  private server: Server | null = null;

  /** Starts an issuer with one key. */
  static async start(algorithm = 'ES256'): Promise<TestIssuer> {
    const issuer = new TestIssuer();
    await issuer.rotate(algorithm);
    await issuer.resume();
    return issuer;
  }

  /** `iss` of the tokens. */
  get issuer(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Address of the key set. */
  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** Replaces the signing key; the old one is no longer published. */
  async rotate(algorithm = 'ES256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm);
    const kid = `key-${String(Math.random()).slice(2)}`;
    const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    this.keys = [{ kid, alg: algorithm, privateKey, publicJwk }];
  }

  /** Stops answering: connections are refused. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  /** Answers (again), at the same address. */
  async resume(): Promise<void> {
    const server = createServer((_request, response) => {
      this.fetches += 1;
      if (this.isDown) {
        response.destroy();
        return;
      }
      response.setHeader('content-type', 'application/json');
      const keys = this.published ?? this.keys.map(({ publicJwk }) => publicJwk);
      response.end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /**
   * Signs a token.
   * @param claims laid over the defaults (`iss`, `aud`, `iat`, `exp` in one hour, `sub` alice)
   * @param header laid over the protected header
   */
  async sign(
    claims: TestClaims = {},
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const key = this.keys[0];
    if (key === undefined) throw new Error('the issuer has no key');
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: this.issuer,
      aud: AUDIENCE,
      iat: now,
      exp: now + 3600,
      sub: 'alice',
      ...claims,
    };
    const present = Object.fromEntries(
      Object.entries<unknown>(all).filter(([, value]) => value !== null),
    );
    return new SignJWT(present)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }
}
