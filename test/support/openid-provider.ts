import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Configuration, Provider } from 'oidc-provider';
import { OpenIdRecords, type OpenIdRecordStore } from './openid-records.js';

/** `aud` of the access tokens; resource indicators are addresses (RFC 8707 section 2). */
export const RESOURCE = 'https://gatehouse.example/tests';

/** The confidential client of every provider under test; it may use every grant. */
export const CLIENT = { id: 'gatehouse-client', secret: 'a-secret-of-the-client' } as const;

const REDIRECT_URI = 'https://client.example/callback';
const INTERACTION = '/interaction/';
const SCOPE = 'openid email api:chat';

const LIFETIME_SECONDS = 3600;
const ARTIFACTS = [
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'Grant',
  'IdToken',
  'Interaction',
  'RefreshToken',
  'Session',
];

type Claims = Readonly<Record<string, unknown>>;
/** The claims of an account; `''` asks for those of a client. */
type ClaimsOf = (account: string) => Claims;

/** What the token endpoint answers with. */
export interface GrantedTokens {
  readonly access_token: string;
  readonly refresh_token?: string;
}

/** A real OpenID provider (npm `oidc-provider`) whose signing key tests can rotate, on a port of loopback. */
export class OpenIdProvider {
  /** How often the key set was asked for. */
  keyFetches = 0;
  private answer: RequestListener = (_request, response) => response.writeHead(503).end();
  private provider: Provider | null = null;
  private readonly records: OpenIdRecordStore = new Map();
  private keys: JWK[] = [];
  private port = 0;
  private server: Server | null = null;

  private constructor(private readonly claims: Claims | ClaimsOf) {}

  /**
   * Starts a provider.
   * @param claims further claims of every access token and of UserInfo, or those of an account
   */
  static async start(claims: Claims | ClaimsOf = {}): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider(claims);
    await provider.resume();
    await provider.rotate();
    return provider;
  }

  /** `iss` of the tokens. */
  get issuer(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Address of the key set. */
  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** Signs with a new key from now on; the one before stays published, as its tokens live on. */
  async rotate(): Promise<void> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = `key-${randomBytes(6).toString('hex')}`;
    const key = { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' };
    this.keys = [key, ...this.keys.slice(0, 1)];
    this.provider = await quietly(async () => {
      const { Provider: Loaded } = await import('oidc-provider');
      return new Loaded(this.issuer, {
        ...configurationOf(this.keys, this.claims),
        adapter: (kind: string) => new OpenIdRecords(kind, this.records),
      });
    });
    const callback = this.provider.callback();
    this.answer = (request, response) => {
      void callback(request, response);
    };
  }

  /** Refuses connections until {@link resume}. */
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
    const server = createServer((request, response) => {
      if (request.url === '/jwks') this.keyFetches += 1;
      if (request.url?.startsWith(INTERACTION) === true) void this.logIn(request, response);
      else this.answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** A token of the client itself (RFC 6749 section 4.4). */
  clientCredentials(): Promise<GrantedTokens> {
    return this.grant({ grant_type: 'client_credentials', resource: RESOURCE });
  }

  /**
   * The tokens of a person who logs in with a browser (RFC 6749 section 4.1, with PKCE).
   * @param resource audience of the access token; `null` asks for an opaque one, which UserInfo takes
   * @param account `sub` of the person
   */
  async authorizationCode(
    resource: string | null = RESOURCE,
    account = 'alice',
  ): Promise<GrantedTokens> {
    const verifier = randomBytes(32).toString('base64url');
    const target = resource === null ? {} : { resource };
    const query = new URLSearchParams({
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: account,
      ...target,
    });
    const callback = await this.browse(`${this.issuer}/auth?${query.toString()}`);
    const code = new URL(callback).searchParams.get('code');
    if (code === null) throw new Error(`the provider gave no code: ${callback}`);
    return this.grant({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      ...target,
    });
  }

  /**
   * New tokens for a refresh token (RFC 6749 section 6).
   * @param refreshToken of an earlier grant
   */
  refresh(refreshToken: string): Promise<GrantedTokens> {
    return this.grant({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      resource: RESOURCE,
    });
  }

  private async grant(parameters: Record<string, string>): Promise<GrantedTokens> {
    const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ scope: SCOPE, ...parameters }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the provider refused: ${text}`);
    return JSON.parse(text) as GrantedTokens;
  }

  /** Follows redirects with a cookie jar, as a browser does, until they leave the provider. */
  private async browse(start: string): Promise<string> {
    const cookies = new Map<string, string>();
    let address = start;
    while (address.startsWith(this.issuer)) {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split(/=(.*)/s);
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`no redirect: ${await response.text()}`);
      address = new URL(location, address).href;
    }
    return address;
  }

  private async logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await this.provider?.interactionDetails(request, response);
    const { login_hint: accountId = 'alice' } = { ...asked?.params } as { login_hint?: string };
    await this.provider?.interactionFinished(request, response, { login: { accountId } });
  }
}

function configurationOf(keys: readonly JWK[], claims: Claims | ClaimsOf): Configuration {
  const claimsOf = (account = ''): Claims =>
    typeof claims === 'function' ? claims(account) : claims;
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
        redirect_uris: [REDIRECT_URI],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
        scope: SCOPE,
      },
    ],
    jwks: { keys: [...keys] as NonNullable<Configuration['jwks']>['keys'] },
    cookies: { keys: ['a key for cookies under test'] },
    scopes: SCOPE.split(' '),
    claims: { openid: ['sub'], email: ['email', 'email_verified', ...Object.keys(claimsOf())] },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, email_verified: true, ...claimsOf(accountId) }),
    }),
    interactions: { url: (_context, interaction) => `${INTERACTION}${interaction.uid}` },
    issueRefreshToken: () => true,
    loadExistingGrant: async ({ oidc }) => {
      const { client, session, provider } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope(SCOPE);
      grant.addResourceScope(RESOURCE, SCOPE);
      await grant.save();
      return grant;
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: RESOURCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: LIFETIME_SECONDS,
          jwt: { sign: { alg: 'ES256' } },
        }),
        useGrantedResource: () => true,
      },
    },
    ttl: Object.fromEntries(ARTIFACTS.map((name) => [name, LIFETIME_SECONDS])),
    extraTokenClaims: (_context, token) =>
      claimsOf('accountId' in token ? token.accountId : undefined),
  };
}

/** The package greets developers on the console, and warns about settings that do not matter on loopback. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return await work();
  } finally {
    Object.assign(console, { info, warn });
  }
}
