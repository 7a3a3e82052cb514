import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { CredentialKind } from '#libs/access';
import { Clock, expiryBy, GatehouseError, isGatehouseError, noteUnrepeatable } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { tokenInvalid, tokenProblemOf } from '../failures/token-error.js';
import { ProviderResponseCache } from '../provider/provider-response-cache.js';
import {
  ProviderEndpoint,
  type EndpointResponse,
  type EndpointRequest,
} from '../provider/provider-client.js';
import type { TokenStatus } from './token-status.js';

/** A request to a provider's endpoint about one token. */
export interface TokenInquiry {
  /** The whole token. */
  readonly token: string;
  /** The kind of request: the same response of one endpoint has another meaning for each kind. */
  readonly kind: Extract<CredentialKind, 'userinfo' | 'introspection'>;
  /** Only responses of the same occasion count; without one, only those without an occasion. */
  readonly occasion?: string;
  /** Configured address. */
  readonly endpoint: string;
  readonly request: EndpointRequest;
  /** Seconds for which a response about an active token is cached at most. */
  readonly cacheSeconds: number;
  /** Setting that causes the request. */
  readonly configKey: string;
  /** Evaluates a response; throws `auth_provider_unavailable` if the response is malformed. */
  readonly conclude: (response: EndpointResponse) => TokenStatus;
}

/** What was learned under one configuration. A request that is running at a reload ends in that of its start. */
interface CachedResponses {
  /** Distinguishes the cached responses of one configuration from those of another. */
  readonly rules: string;
  readonly refused: LRUCache<string, string>;
  readonly running: Map<string, Promise<TokenStatus>>;
}

const MAX_REFUSED = 2_000;
/** Seconds only: a token that is not active yet may become active soon. */
const REFUSED_TTL_MS = 5_000;

/**
 * Asks identity providers about opaque tokens. Concurrent requests with one token share one request
 * to the provider. Responses about active tokens are cached (see {@link ProviderResponseCache}) as
 * long as configured and never beyond their `exp`; refused tokens separately and for seconds, so
 * that a flood of bad tokens cannot displace good ones; failures of a provider never.
 */
@Injectable()
export class OpaqueTokenService {
  private readonly caches: () => CachedResponses;
  private reloads = 0;

  /** @param settings new ones invalidate every cached response */
  constructor(
    settings: SettingsStore,
    private readonly endpoint: ProviderEndpoint,
    private readonly cache: ProviderResponseCache,
    private readonly clock: Clock,
  ) {
    this.caches = settings.derive(({ access: { userInfo, introspection } }) => ({
      rules: digestOf([userInfo, introspection, this.reloads++]),
      refused: new LRUCache({ max: MAX_REFUSED, ttl: REFUSED_TTL_MS - 1, ...expiryBy(clock) }),
      running: new Map(),
    }));
  }

  /**
   * Returns the members of the response about an active token; deeply frozen.
   * @throws GatehouseError `token_invalid`, `auth_provider_unavailable`
   */
  async membersOf(inquiry: TokenInquiry): Promise<Readonly<Record<string, unknown>>> {
    noteUnrepeatable();
    const status = await this.statusOf(inquiry);
    if (status.kind === 'active') return status.members;
    throw tokenInvalid(status.problem, inquiry.configKey);
  }

  private async statusOf(inquiry: TokenInquiry): Promise<TokenStatus> {
    const { rules, refused, running } = this.caches();
    const key = cacheKey(inquiry, rules);
    const problem = refused.get(key);
    if (problem !== undefined) return { kind: 'refused', problem };
    const shared = running.get(key);
    if (shared !== undefined) return shared;
    const status = this.find(inquiry, key, refused).finally(() => running.delete(key));
    running.set(key, status);
    return status;
  }

  private async find(
    inquiry: TokenInquiry,
    key: string,
    refused: LRUCache<string, string>,
  ): Promise<TokenStatus> {
    const members = await this.cache.get<Readonly<Record<string, unknown>>>(key);
    if (members !== null) return { kind: 'active', members };
    const status = await this.ask(inquiry);
    if (status.kind === 'refused') refused.set(key, status.problem);
    else await this.cache.add(key, status.members, this.lifeOf(status.members, inquiry));
    return status;
  }

  private async ask(inquiry: TokenInquiry): Promise<TokenStatus> {
    try {
      return inquiry.conclude(await this.endpoint.ask(inquiry.endpoint, inquiry.request));
    } catch (error) {
      throw isGatehouseError(error) ? withSetting(error, inquiry.configKey) : error;
    }
  }

  private lifeOf({ exp }: Readonly<Record<string, unknown>>, inquiry: TokenInquiry): number {
    const leftMs = typeof exp === 'number' ? exp * 1000 - this.clock.nowMs() : Infinity;
    return Math.min(inquiry.cacheSeconds * 1000, leftMs);
  }
}

/**
 * Returns the key of a cached response: SHA-256 over the kind of request, the endpoint, the whole
 * token, the occasion and the configuration, as delimited members. So no bearer secret is a key in
 * memory, a token does not match another one with the same prefix (CVE-2026-35030), one endpoint
 * does not speak for another, and a token that one kind of request accepts is not accepted for the
 * other.
 */
function cacheKey({ kind, endpoint, token, occasion }: TokenInquiry, rules: string): string {
  return digestOf([kind, endpoint, token, occasion ?? null, rules]);
}

function digestOf(members: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(members), 'base64');
}

function withSetting(error: GatehouseError, configKey: string): GatehouseError {
  const { problem } = tokenProblemOf(error);
  return new GatehouseError(error.code, {
    context: { problem, configKey },
    cause: error.cause,
    retryAfterSeconds: error.retryAfterSeconds ?? 1,
  });
}
