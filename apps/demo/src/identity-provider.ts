import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Configuration, Provider } from 'oidc-provider';
import type { RequestListener } from 'node:http';
import { startLoopbackServer, type LoopbackServer } from './loopback-server.js';
import { passwordOf, type Person } from './people.js';

/** `aud` of the tokens, which the gateway is configured to expect. */
export const AUDIENCE = 'https://gatehouse.example';

const TOKEN_LIFETIME_SECONDS = 3600;

/** A running OpenID provider. */
export interface IdentityProvider extends LoopbackServer {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** The address of the keys. */
  readonly jwksUrl: string;
  /** The address that mints tokens. */
  readonly tokenUrl: string;
}

/** Options of an identity provider. */
export interface IdentityProviderOptions {
  readonly people: readonly Person[];
  /** Port to try first, default any. */
  readonly port?: number;
  /** Private signing keys, default one fresh RS256 key. The first one signs. */
  readonly keys?: readonly JWK[];
}

/**
 * Starts a real OpenID provider (npm `oidc-provider`) whose people mint JWT access tokens with the
 * client credentials grant (RFC 6749 section 4.4; token format of RFC 9068).
 * @param options who and with which keys
 */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const keys = options.keys ?? [await newSigningKey('demo-key-1')];
  let handle: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = await startLoopbackServer(options.port ?? 0, (request, response) => {
    handle(request, response);
  });
  const provider = await newProvider(server.url, configurationOf(options.people, keys));
  const answer = provider.callback();
  handle = (request, response) => {
    void answer(request, response);
  };
  return {
    ...server,
    issuer: server.url,
    jwksUrl: `${server.url}/jwks`,
    tokenUrl: `${server.url}/token`,
  };
}

/** A fresh private RS256 key. */
async function newSigningKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true, modulusLength: 2048 });
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

/**
 * Mints an access token.
 * @param tokenUrl the provider's token endpoint
 * @throws Error when the provider refuses
 */
export async function mintToken(tokenUrl: string, person: Person): Promise<string> {
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${person.name}:${passwordOf(person)}`).toString('base64')}`,
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(person.scope === undefined ? {} : { scope: person.scope }),
    }),
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) {
    throw new Error(
      `the identity provider refused: ${answer.error_description ?? 'no reason given'}`,
    );
  }
  return answer.access_token;
}

function configurationOf(people: readonly Person[], keys: readonly JWK[]): Configuration {
  const scopes = people.flatMap((person) => person.scope ?? []);
  const claims = new Map(people.map((person) => [person.name, claimsOf(person)]));
  return {
    clients: people.map((person) => ({
      client_id: person.name,
      client_secret: passwordOf(person),
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      ...(person.scope === undefined ? {} : { scope: person.scope }),
    })),
    jwks: { keys: [...keys] as NonNullable<Configuration['jwks']>['keys'] },
    scopes,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: scopes.join(' '),
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: TOKEN_LIFETIME_SECONDS,
        }),
      },
    },
    ttl: { ClientCredentials: TOKEN_LIFETIME_SECONDS },
    extraTokenClaims: (_context, token) => claims.get(token.clientId ?? ''),
  };
}

function claimsOf(person: Person): Record<string, string | boolean> {
  return {
    email: person.email,
    email_verified: true,
    ...(person.team === undefined ? {} : { team: person.team }),
    ...(person.org === undefined ? {} : { org: person.org }),
  };
}

/** The package greets developers on the console about settings that do not matter on loopback, and it does so when loaded. */
async function newProvider(issuer: string, configuration: Configuration): Promise<Provider> {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    const loaded = await import('oidc-provider');
    return new loaded.Provider(issuer, configuration);
  } finally {
    Object.assign(console, { info, warn });
  }
}
