import { Injectable } from '@nestjs/common';
import type { CredentialKind } from '#libs/access';
import { Clock, GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { tokenInvalid, tokenProblemOf } from '../failures/token-error.js';
import { ProviderAnswerCache, answerDigest, type TokenStatus } from './provider-answer-cache.js';
import {
  ProviderEndpoint,
  type EndpointAnswer,
  type EndpointRequest,
} from '../provider/provider-client.js';

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
  readonly conclude: (answer: EndpointAnswer) => TokenStatus;
}

/** What was learned under one configuration. A response to a request of its time is cached here, also after a reload. */
interface Answers {
  readonly cache: ProviderAnswerCache;
  readonly running: Map<string, Promise<TokenStatus>>;
}

/**
 * Asks identity providers about opaque tokens. Concurrent requests with one token share one request
 * to the provider; responses are cached (see {@link ProviderAnswerCache}), failures of a provider
 * never.
 */
@Injectable()
export class OpaqueTokenService {
  private readonly answers: () => Answers;

  /** @param settings new ones invalidate every cached response */
  constructor(
    settings: SettingsStore,
    private readonly endpoint: ProviderEndpoint,
    private readonly clock: Clock,
  ) {
    this.answers = settings.derive(() => ({
      cache: new ProviderAnswerCache(),
      running: new Map(),
    }));
  }

  /**
   * Returns the members of the response about an active token; deeply frozen.
   * @throws GatehouseError `token_invalid`, `auth_provider_unavailable`
   */
  async membersOf(inquiry: TokenInquiry): Promise<Readonly<Record<string, unknown>>> {
    const conclusion = await this.conclusionOn(inquiry);
    if (conclusion.kind === 'active') return conclusion.members;
    throw tokenInvalid(conclusion.problem, inquiry.configKey);
  }

  private async conclusionOn(inquiry: TokenInquiry): Promise<TokenStatus> {
    const { cache, running } = this.answers();
    const digest = answerDigest(inquiry);
    const known = cache.get(digest, this.clock.nowMs()) ?? running.get(digest);
    if (known !== undefined) return known;
    const conclusion = this.ask(inquiry, digest, cache).finally(() => running.delete(digest));
    running.set(digest, conclusion);
    return conclusion;
  }

  private async ask(
    inquiry: TokenInquiry,
    digest: string,
    cache: ProviderAnswerCache,
  ): Promise<TokenStatus> {
    try {
      const conclusion = inquiry.conclude(
        await this.endpoint.ask(inquiry.endpoint, inquiry.request),
      );
      const times = { nowMs: this.clock.nowMs(), ttlSeconds: inquiry.cacheSeconds };
      cache.add(digest, conclusion, times);
      return conclusion;
    } catch (error) {
      throw isGatehouseError(error) ? withSetting(error, inquiry.configKey) : error;
    }
  }
}

function withSetting(error: GatehouseError, configKey: string): GatehouseError {
  const { problem } = tokenProblemOf(error);
  return new GatehouseError(error.code, {
    context: { problem, configKey },
    cause: error.cause,
    retryAfterSeconds: error.retryAfterSeconds ?? 1,
  });
}
