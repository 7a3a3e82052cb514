import type { ForcedModels } from '#libs/access';
import type { DeploymentFilters, FallbackSettings, ModelAlias } from './routing.js';

/**
 * Kinds of failures of attempts, by which they are repeated and counted. `bad-request` and `content-policy` are the client's,
 * all others are the deployment's.
 */
export const FAILURE_CLASSES = [
  'bad-request',
  'content-policy',
  'authentication',
  'not-found',
  'timeout',
  'rate-limit',
  'internal',
  'unavailable',
] as const;

/** One kind of failure. */
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** A number for some kinds of failures. */
export type ByFailureClass = Readonly<Partial<Record<FailureClass, number>>>;

/** Returns true when a failure is due to the request, so that every deployment would refuse it. */
export function isOfClient(failure: FailureClass): boolean {
  return failure === 'bad-request' || failure === 'content-policy';
}

/** Names of strategies, as in `router_settings.routing_strategy`; the first is the default. */
export const ROUTING_STRATEGIES = [
  'simple-shuffle',
  'least-busy',
  'usage-based-routing',
  'usage-based-routing-v2',
  'latency-based-routing',
  'cost-based-routing',
] as const;

/** One strategy's name. */
export type RoutingStrategyName = (typeof ROUTING_STRATEGIES)[number];

/** Attempts that may follow the first, by the kind of the last failure. */
export interface RetryPolicy {
  readonly byClass: ByFailureClass;
  /** For kinds that {@link byClass} lacks, except those of the client; `null` where the numbers of retries elsewhere count. */
  readonly otherwise: number | null;
}

/** How a deployment of a group is chosen, and how often a call is repeated. */
export interface RouterSettings {
  readonly strategy: RoutingStrategyName;
  readonly latency: {
    /** Time for which a latency counts. */
    readonly ttlSeconds: number;
    /** Deployments slower than the fastest by at most this share are chosen alike. */
    readonly buffer: number;
  };
  /** Further attempts after the first, default 2. */
  readonly numRetries: number;
  /** Shortest pause before a deployment is tried again. */
  readonly retryAfterSeconds: number;
  readonly retryPolicy: RetryPolicy | null;
  /** By model group, in place of {@link retryPolicy}. */
  readonly groupRetryPolicies: Readonly<Record<string, RetryPolicy>>;
  /** Teams, besides proxy administrators, whose requests may say how they are routed. */
  readonly trustedTeams: readonly string[];
  readonly fallbacks: FallbackSettings;
  /** Each name once; an alias wins over a group of the same name. */
  readonly aliases: readonly ModelAlias[];
  readonly filters: DeploymentFilters;
  /** Models of calls, in the place of those that the calls name. */
  readonly forcedModels: ForcedModels;
}

/** When a deployment is left out for a while. */
export interface CoolDownSettings {
  /** 0: never. */
  readonly seconds: number;
  /**
   * Failures in a minute that a deployment may have until a failure of a kind has it left out. A kind that is absent follows
   * the rate of failures.
   */
  readonly allowedFails: ByFailureClass;
}
