import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  fromIni,
  fromNodeProviderChain,
  fromTemporaryCredentials,
  fromWebToken,
} from '@aws-sdk/credential-providers';
import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { fetch, type Dispatcher } from 'undici';
import type { AmazonAccess, AmazonRole, AwsCredential } from '#libs/config';

/** Longest wait for a credential. */
const TIMEOUT_MS = 10_000;
/** A credential that ends sooner is replaced. */
const MARGIN_MS = 300_000;

/** What the providers of the SDK return. */
interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}
/** How the clients of the SDK ask Amazon. */
interface ClientConfig {
  readonly region: string;
  readonly requestHandler: OperatorsWay;
  readonly endpoint?: string;
}
type Provider = () => Promise<Identity>;

/**
 * The credentials of one deployment at Amazon: keys of the configuration, a profile or the default chain, as they are or for a role. A
 * temporary one is kept until shortly before its end; requests that need one at the same time wait for the same.
 */
export class AmazonCredentials {
  private kept: Identity | null = null;
  private asked: Promise<Identity> | null = null;
  private readonly provider: Provider;

  /** @param way on which roles are asked for */
  constructor(
    private readonly access: AmazonAccess,
    way: Dispatcher,
  ) {
    this.provider = providerOf(access, new OperatorsWay(way));
  }

  /**
   * Returns a credential that holds for some minutes.
   * @throws Error when there is none; its message may hold what was sent
   */
  async current(): Promise<AwsCredential> {
    const { accessKeyId, secretAccessKey, sessionToken = null } = await this.identity();
    return { accessKeyId, secretAccessKey, sessionToken, region: this.access.region };
  }

  private async identity(): Promise<Identity> {
    const { kept } = this;
    if (kept !== null && holdsFor(kept, MARGIN_MS)) return kept;
    this.asked ??= this.ask();
    return this.asked;
  }

  private async ask(): Promise<Identity> {
    try {
      this.kept = await this.provider();
      return this.kept;
    } finally {
      this.asked = null;
    }
  }
}

function holdsFor({ expiration }: Identity, milliseconds: number): boolean {
  return expiration === undefined || expiration.getTime() - Date.now() > milliseconds;
}

function providerOf(access: AmazonAccess, requestHandler: OperatorsWay): Provider {
  const { region, role, tokenService } = access;
  const config: ClientConfig = { region, requestHandler };
  const own = keysOf(access, config);
  if (role === null) return own;
  const atService = tokenService === null ? config : { ...config, endpoint: tokenService };
  return role.webIdentity === null
    ? ofRole(role, own, atService)
    : () => ofWebIdentity(role, atService);
}

function keysOf({ keys, profile }: AmazonAccess, clientConfig: ClientConfig): Provider {
  if (keys === null)
    return profile === null
      ? fromNodeProviderChain({ clientConfig })
      : fromIni({ clientConfig, profile });
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const temporary = sessionToken === null ? {} : { sessionToken };
  return () => Promise.resolve({ accessKeyId, secretAccessKey, ...temporary });
}

function ofRole(
  { arn, sessionName, externalId }: AmazonRole,
  masterCredentials: Provider,
  clientConfig: ClientConfig,
): Provider {
  const external = externalId === null ? {} : { ExternalId: externalId };
  return fromTemporaryCredentials({
    params: { RoleArn: arn, RoleSessionName: sessionName, ...external },
    masterCredentials,
    clientConfig,
  });
}

/** The file of a token is read each time: its owner replaces it. */
async function ofWebIdentity(
  { arn, sessionName, webIdentity }: AmazonRole,
  clientConfig: ClientConfig,
): Promise<Identity> {
  if (webIdentity === null) throw new TypeError('a role without a token was asked for with one');
  const token =
    'token' in webIdentity ? webIdentity.token : await readFile(webIdentity.file, 'utf8');
  const terms = { roleArn: arn, roleSessionName: sessionName, webIdentityToken: token.trim() };
  return fromWebToken({ ...terms, clientConfig })();
}

/** Requests go the operator's way, as those to model providers do. */
class OperatorsWay {
  constructor(private readonly way: Dispatcher) {}

  async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
    const { protocol, hostname, port, path, query, method, headers } = request;
    const url = new URL(`${protocol}//${hostname}${path}`);
    if (port !== undefined) url.port = String(port);
    for (const [name, value] of Object.entries(query))
      for (const one of [value].flat()) url.searchParams.append(name, one ?? '');
    // The client of the requests writes it itself.
    const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host');
    const answer = await fetch(url, {
      ...{ method, headers: Object.fromEntries(others), dispatcher: this.way, redirect: 'error' },
      ...(request.body === undefined ? {} : { body: request.body as string | Uint8Array }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = Readable.from([Buffer.from(await answer.arrayBuffer())]);
    const received = Object.fromEntries(answer.headers);
    return {
      response: new HttpResponse({ statusCode: answer.status, headers: received, body }),
    };
  }

  updateHttpClientConfig(): void {
    // Has no settings of its own.
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}
