import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.js';

/** The realm that tests import: that of the examples. */
const REALM_FILE = join(import.meta.dirname, '../../examples/keycloak/realm.json');

/** `aud` of the realm's access tokens. */
const REALM_AUDIENCE = 'gatehouse';

/** What the token endpoint answers with. */
export interface KeycloakTokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

/** JSON of the administration API. */
export type Representation = Readonly<Record<string, unknown>>;

function exampleRealm(): Representation {
  return JSON.parse(readFileSync(REALM_FILE, 'utf8')) as Representation;
}

/** A realm, freshly imported from `examples/keycloak/realm.json` into the running Keycloak server. */
export class KeycloakRealm {
  private constructor(
    private readonly server: string,
    private readonly pid: number,
    private readonly name: string,
  ) {}

  /**
   * Imports a realm, in place of what earlier tests left of it.
   * @param representation default is that of the examples
   */
  static async fresh(representation = exampleRealm()): Promise<KeycloakRealm> {
    const { KEYCLOAK_URL: server, KEYCLOAK_PID: pid } = process.env;
    if (server === undefined || pid === undefined) throw new Error('run npm run test:keycloak');
    const realm = new KeycloakRealm(server, Number(pid), String(representation['realm']));
    await realm.send('DELETE', `/realms/${realm.name}`).catch(() => null);
    await realm.send('POST', '/realms', representation);
    return realm;
  }

  /** `iss` of the realm's tokens. */
  get issuer(): string {
    return `${this.server}/realms/${this.name}`;
  }

  /** Address of an OpenID Connect endpoint, such as `token` or `certs`. */
  endpoint(name: string): string {
    return `${this.issuer}/protocol/openid-connect/${name}`;
  }

  /** Environment of a gateway that trusts the realm. */
  environment(audience: string | null = REALM_AUDIENCE): Record<string, string> {
    return {
      JWT_PUBLIC_KEY_URL: this.endpoint('certs'),
      ...(audience === null ? {} : { JWT_ISSUER: this.issuer, JWT_AUDIENCE: audience }),
    };
  }

  /**
   * Calls the administration API of the realm.
   * @param path below the realm, such as `/users`
   */
  async admin<T = Representation>(method: string, path: string, body?: unknown): Promise<T> {
    return this.send<T>(method, `/realms/${this.name}${path}`, body);
  }

  /** Makes a client and returns its id. */
  async client(representation: Representation & { readonly clientId: string }): Promise<string> {
    const defaults = { protocol: 'openid-connect', defaultClientScopes: ['gatehouse'] };
    await this.admin('POST', '/clients', { ...defaults, ...representation });
    const path = `/clients?clientId=${representation.clientId}`;
    const [made] = await this.admin<{ id: string }[]>('GET', path);
    return String(made?.id);
  }

  /** Makes a confidential client with a service account; its secret is `secret-of-CLIENT`. */
  service(clientId: string, more: Representation = {}): Promise<string> {
    const kind = { publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false };
    return this.client({ clientId, secret: `secret-of-${clientId}`, ...kind, ...more });
  }

  /** Gives a person a role of the realm. */
  async giveRole(username: string, role: string): Promise<void> {
    const [user] = await this.admin<{ id: string }[]>('GET', `/users?username=${username}`);
    const given = await this.admin('GET', `/roles/${role}`);
    await this.admin('POST', `/users/${String(user?.id)}/role-mappings/realm`, [given]);
  }

  /** Tokens of a client itself; `secret` as {@link service} sets it unless given. */
  clientCredentials(clientId: string, secret = `secret-of-${clientId}`): Promise<KeycloakTokens> {
    return this.grant({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
    });
  }

  /** Tokens of alice by her password. */
  alice(clientId = 'gatehouse-cli', scope = 'openid'): Promise<KeycloakTokens> {
    const person = { username: 'alice', password: 'alice-demo', scope };
    return this.grant({ grant_type: 'password', client_id: clientId, ...person });
  }

  /** Asks the token endpoint. */
  async grant(form: Readonly<Record<string, string>>): Promise<KeycloakTokens> {
    const body = new URLSearchParams(form);
    const response = await fetch(this.endpoint('token'), { method: 'POST', body });
    const text = await response.text();
    if (!response.ok) throw new Error(`no token: ${text}`);
    return JSON.parse(text) as KeycloakTokens;
  }

  /** Tokens of alice by the authorization code flow with PKCE (RFC 7636), through the login form as a browser would. */
  async login(clientId: string, scope = 'openid'): Promise<KeycloakTokens> {
    const verifier = randomBytes(32).toString('base64url');
    const redirectUri = 'http://127.0.0.1/callback';
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state: 'state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const page = await fetch(`${this.endpoint('auth')}?${query.toString()}`);
    const cookie = page.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const action = /action="([^"]+)"/.exec(await page.text())?.[1]?.replaceAll('&amp;', '&');
    if (action === undefined) throw new Error('the login page has no form');
    const body = new URLSearchParams({ username: 'alice', password: 'alice-demo' });
    const headers = { cookie };
    const sent = await fetch(action, { method: 'POST', body, headers, redirect: 'manual' });
    const code = new URL(sent.headers.get('location') ?? '', redirectUri).searchParams.get('code');
    if (code === null) throw new Error(`no code: ${String(sent.status)}`);
    const exchange = { code, redirect_uri: redirectUri, code_verifier: verifier };
    return this.grant({ grant_type: 'authorization_code', client_id: clientId, ...exchange });
  }

  /**
   * Signs tokens with a new key from now on.
   * @param provider Keycloak's provider of such keys, and its settings
   */
  async rotate(algorithm: string, provider: readonly [string, Representation]): Promise<void> {
    const { id } = await this.admin<{ id: string }>('GET', '');
    const settings = { priority: [String(Date.now())], enabled: ['true'], active: ['true'] };
    await this.admin('POST', '/components', {
      name: `${algorithm}-${randomBytes(4).toString('hex')}`,
      providerId: provider[0],
      providerType: 'org.keycloak.keys.KeyProvider',
      parentId: id,
      config: { ...settings, ...provider[1] },
    });
    await this.admin('PUT', '', { defaultSignatureAlgorithm: algorithm });
  }

  /** Suspends the server at once: connections are accepted and not answered. */
  freeze(): void {
    process.kill(-this.pid, 'SIGSTOP');
  }

  /** Lets it go on, and returns when it answers. */
  async thaw(): Promise<void> {
    process.kill(-this.pid, 'SIGCONT');
    await eventually(async () => {
      await fetch(this.endpoint('certs'), { signal: AbortSignal.timeout(1_000) });
    }, 30_000);
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.server}/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.administrator()}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  /** A new one for each call: they live for a minute. */
  private async administrator(): Promise<string> {
    const person = { username: 'admin', password: process.env['KEYCLOAK_PASSWORD'] ?? '' };
    const body = new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      ...person,
    });
    const address = `${this.server}/realms/master/protocol/openid-connect/token`;
    const response = await fetch(address, { method: 'POST', body });
    return ((await response.json()) as KeycloakTokens).access_token;
  }
}
