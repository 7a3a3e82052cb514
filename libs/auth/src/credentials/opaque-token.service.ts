import { Injectable } from '@nestjs/common';
import type { CredentialKind } from '#libs/access';
import { Clock, GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore, type Settings } from '#libs/config';
import { tokenInvalid, tokenProblemOf } from '../failures/token-error.js';
import { ProviderAnswerCache, answerDigest, type TokenStatus } from './provider-answer-cache.js';
import {
  ProviderEndpoint,
  type EndpointAnswer,
  type EndpointRequest,
} from '../provider/provider-client.js';

/** A question to a provider's endpoint about one token. */
export interface TokenInquiry {
  /** The whole token. */
  readonly token: string;
  /** What is asked: the same answer of one endpoint means another thing to each. */
  readonly kind: Extract<CredentialKind, 'userinfo' | 'introspection'>;
  /** Answers that were given on another occasion do not count; without one, those that were given on none. */
  readonly occasion?: string;
  /** Configured address. */
  readonly endpoint: string;
  readonly request: EndpointRequest;
  /** Seconds that an active token is remembered at most. */
  readonly cacheSeconds: number;
  /** Setting that makes the gateway ask. */
  readonly configKey: string;
  /** What an answer means; throws `auth_provider_unavailable` when it is no answer to the question. */
  readonly conclude: (answer: EndpointAnswer) => TokenStatus;
}

/**
 * Learns from identity providers what opaque tokens stand for. Concurrent requests with one token share one question;
 * answers are remembered (see {@link ProviderAnswerCache}), failures of a provider never.
 */
@Injectable()
export class OpaqueTokenService {
  private readonly cache = new ProviderAnswerCache();
  private readonly running = new Map<string, Promise<TokenStatus>>();
  private rules: Settings | null = null;

  /** @param settings new ones make what was remembered worthless */
  constructor(
    private readonly settings: SettingsStore,
    private readonly endpoint: ProviderEndpoint,
    private readonly clock: Clock,
  ) {}

  /**
   * The members that the endpoint tells about an active token; deeply frozen.
   * @throws GatehouseError `token_invalid`, `auth_provider_unavailable`
   */
  async membersOf(inquiry: TokenInquiry): Promise<Readonly<Record<string, unknown>>> {
    const conclusion = await this.conclusionOn(inquiry);
    if (conclusion.kind === 'active') return conclusion.members;
    throw tokenInvalid(conclusion.problem, inquiry.configKey);
  }

  private async conclusionOn(inquiry: TokenInquiry): Promise<TokenStatus> {
    if (this.rules !== this.settings.current) {
      this.rules = this.settings.current;
      this.cache.clear();
      this.running.clear();
    }
    const digest = answerDigest(inquiry);
    const known = this.cache.get(digest, this.clock.nowMs()) ?? this.running.get(digest);
    if (known !== undefined) return known;
    const conclusion = this.ask(inquiry, digest, this.settings.current);
    this.running.set(digest, conclusion);
    const forget = (): void => {
      if (this.running.get(digest) === conclusion) this.running.delete(digest);
    };
    conclusion.then(forget, forget);
    return conclusion;
  }

  private async ask(inquiry: TokenInquiry, digest: string, rules: Settings): Promise<TokenStatus> {
    try {
      const conclusion = inquiry.conclude(
        await this.endpoint.ask(inquiry.endpoint, inquiry.request),
      );
      const times = { nowMs: this.clock.nowMs(), ttlSeconds: inquiry.cacheSeconds };
      // An answer to a question of earlier settings must not outlive them.
      if (this.rules === rules) this.cache.add(digest, conclusion, times);
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
