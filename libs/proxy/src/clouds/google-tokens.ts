import {
  AwsClient,
  GoogleAuth,
  IdentityPoolClient,
  JWT,
  UserRefreshClient,
  type AuthClient,
  type AwsClientOptions,
  type IdentityPoolClientOptions,
} from 'google-auth-library';
import { fetch, type Dispatcher, type RequestInit } from 'undici';
import { isJsonObject } from '#libs/common';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Where the library asks for the tokens of every service account. */
const OWN_TOKEN_ADDRESS = 'https://oauth2.googleapis.com/token';
/** Longest wait for a token. */
const TIMEOUT_MS = 10_000;

/**
 * The access tokens of one credential of Google Cloud: a service account, the federation of a workload, or what the machine offers.
 * A token is kept until shortly before its end; requests that need one at the same time wait for the same.
 */
export class GoogleTokens {
  private client: Promise<TokenClient> | null = null;

  /**
   * @param credentials text of a credentials file; `null` for the application default
   */
  constructor(
    private readonly credentials: string | null,
    private readonly way: Dispatcher,
  ) {}

  /**
   * Returns a token that holds for some minutes at least.
   * @throws Error when there is none; its message may hold what the token's server has said
   */
  async current(): Promise<string> {
    const client = await this.opened();
    const { token } = await client.getAccessToken();
    if (typeof token !== 'string' || token === '') throw new Error('no token was issued');
    return token;
  }

  /** A failure is not kept: the file of a workload's token may come later. */
  private opened(): Promise<TokenClient> {
    this.client ??= this.open().catch((error: unknown) => {
      this.client = null;
      throw error;
    });
    return this.client;
  }

  private async open(): Promise<TokenClient> {
    const file = fileOf(this.credentials);
    const address = tokenAddress(file);
    const options = {
      scopes: [SCOPE],
      transporterOptions: {
        timeout: TIMEOUT_MS,
        fetchImplementation: (...asked: Parameters<typeof globalThis.fetch>) =>
          this.fetch(asked, address),
      },
    };
    if (file === null) return new GoogleAuth({ ...options, clientOptions: options }).getClient();
    const client = clientOf(file, address, options);
    if (client === null) throw new Error('the kind of credential is not known');
    return client;
  }

  /** Requests go the operator's way, as those to model providers do. */
  private async fetch(
    [url, options]: Parameters<typeof globalThis.fetch>,
    address: string | null,
  ): Promise<Response> {
    const asked = typeof url === 'string' || url instanceof URL ? String(url) : url.url;
    const target = asked === OWN_TOKEN_ADDRESS && address !== null ? address : asked;
    const init = { ...options, dispatcher: this.way } as RequestInit;
    return await fetch(target, init);
  }
}

type Members = Readonly<Record<string, unknown>>;
/** How every client asks. */
interface ClientOptions {
  readonly scopes: string[];
  readonly transporterOptions: {
    readonly timeout: number;
    readonly fetchImplementation: typeof globalThis.fetch;
  };
}
type TokenClient = Pick<AuthClient, 'getAccessToken'>;

/** The client of a credentials file, by its type; the configuration has checked that it is one of these. */
function clientOf(
  file: Members,
  address: string | null,
  options: ClientOptions,
): TokenClient | null {
  switch (file['type']) {
    case 'service_account': {
      const claims = address === null ? {} : { additionalClaims: { aud: address } };
      const client = new JWT({ ...options, ...claims });
      client.fromJSON(file);
      return client;
    }
    case 'authorized_user': {
      const client = new UserRefreshClient(options);
      client.fromJSON(file);
      return client;
    }
    case 'external_account':
      return federated({ ...file, ...options });
    default:
      return null;
  }
}

function fileOf(credentials: string | null): Members | null {
  const file: unknown = credentials === null ? null : JSON.parse(credentials);
  return isJsonObject(file) ? file : null;
}

/** The client of a workload that proves itself to another issuer: Amazon's machines, else a token in a file or at an address. */
function federated(options: Members): TokenClient {
  const { credential_source: source } = options;
  return isJsonObject(source) && 'environment_id' in source
    ? new AwsClient(options as unknown as AwsClientOptions)
    : new IdentityPoolClient(options as unknown as IdentityPoolClientOptions);
}

/** The address of a service account's own file, where it is another one than the library's. */
function tokenAddress(file: Members | null): string | null {
  const address = file?.['type'] === 'service_account' ? file['token_uri'] : null;
  return typeof address === 'string' && address !== OWN_TOKEN_ADDRESS ? address : null;
}
