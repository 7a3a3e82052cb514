import type { Limits } from '#libs/access';
import type { DeploymentSettings } from '#libs/config';
import type { ScopeLimits } from '../effective/scope-limits.js';
import { mostSpecificName, type RequestedModel } from '../effective/model-limits.js';

/** What a rate limit counts. */
export type RateType = 'requests' | 'tokens' | 'max_parallel_requests';

/** What a request takes of one counter. */
export interface RateClaim {
  /** The counter, the same on every replica. */
  readonly counter: string;
  readonly scope: string;
  readonly id: string;
  /** The model group, or group of model groups, of a limit per model, or of a deployment; `null` for one of all models together. */
  readonly model: string | null;
  readonly type: RateType;
  readonly limit: number;
  /** 1, or the tokens that the request is expected to use. */
  readonly amount: number;
}

/** The facts of a request that its rate limits need. */
export interface RatedRequest extends RequestedModel {
  /** Estimates the tokens of the input; asked only for limits of tokens. */
  readonly estimateInputTokens: () => number;
  /** Upper bound of the tokens of the output; `null` when the request sets none. */
  readonly outputTokensBound: number | null;
  /** Whether the deployments that serve it fail; asked only for limits of the type `dynamic`. */
  readonly isFailing: () => boolean;
}

/** What the tokens of a request are found from. */
type Sized = Pick<RatedRequest, 'estimateInputTokens' | 'outputTokensBound'>;

/** A subject of a request, or the gateway. */
type RatedScope = Omit<ScopeLimits, 'scope'> & { readonly scope: string };

/** Where a limit stands. */
interface Place extends Pick<RateClaim, 'scope' | 'id' | 'model'> {
  /** The id of its counters. */
  readonly countedAs: string;
}

/** Reserved for an output without a bound, or less where the limit is less. About 750 words. */
const USUAL_OUTPUT_TOKENS = 1024;

/**
 * Returns what a request takes of the counters of its limits. Of the limits per model it is the most specific one (see
 * {@link mostSpecificName}); one of a name with wildcards counts all models that it covers and that have no limit of their own.
 */
export function claimsOf(limits: readonly RatedScope[], request: RatedRequest): RateClaim[] {
  return limits.flatMap((subject) => claimsOfSubject(subject, request));
}

/** Returns claims on all counters of limits that take nothing, those of all models included. */
export function emptyClaimsOf(limits: readonly ScopeLimits[]): RateClaim[] {
  return limits.flatMap(({ scope, id, countedAs = id, limits: own }) => {
    const { requestsPerMinute, tokensPerMinute, maxParallelRequests } = own;
    const place = { scope, id, countedAs };
    const all: readonly (readonly [RateType, number | undefined])[] = [
      ['requests', requestsPerMinute],
      ['tokens', tokensPerMinute],
      ['max_parallel_requests', maxParallelRequests],
    ];
    const ofModels: readonly (readonly [RateType, Readonly<Record<string, number>> | undefined])[] =
      [
        ['requests', own.modelRequestsPerMinute],
        ['tokens', own.modelTokensPerMinute],
      ];
    return [
      ...all.flatMap(([type, limit]) =>
        limit === undefined ? [] : [claim({ ...place, model: null }, type, limit, 0)],
      ),
      ...ofModels.flatMap(([type, byModel = {}]) =>
        Object.entries(byModel).map(([model, limit]) => claim({ ...place, model }, type, limit, 0)),
      ),
    ];
  });
}

/** Returns what an attempt at a deployment takes of its counters. A deployment of a wildcard group has one counter of each kind. */
export function deploymentClaims(
  { id, limits }: Pick<DeploymentSettings, 'id' | 'limits'>,
  request: Omit<RatedRequest, 'isFailing'>,
): RateClaim[] {
  const { requestsPerMinute, tokensPerMinute, maxParallelRequests } = limits;
  const place: Place = { scope: 'deployment', id, countedAs: id, model: null };
  const claims: RateClaim[] = [];
  if (requestsPerMinute !== null) claims.push(claim(place, 'requests', requestsPerMinute, 1));
  if (tokensPerMinute !== null) claims.push(tokenClaim(place, tokensPerMinute, request));
  if (maxParallelRequests !== null)
    claims.push(claim(place, 'max_parallel_requests', maxParallelRequests, 1));
  // What it is called by, not a part of its counters.
  return claims.map((one) => ({ ...one, model: request.modelGroup }));
}

/** Returns the counter of the tokens of a deployment. */
export function deploymentTokens(id: string): Pick<RateClaim, 'counter' | 'type'> {
  const type = 'tokens';
  return { type, counter: counterOf(type, { scope: 'deployment', countedAs: id, model: null }) };
}

function claimsOfSubject(
  { scope, id, countedAs = id, limits }: RatedScope,
  request: RatedRequest,
): RateClaim[] {
  const { requestsPerMinute, tokensPerMinute, maxParallelRequests } = limits;
  const all: Place = { scope, id, countedAs, model: null };
  const claims: RateClaim[] = [];
  if (requestsPerMinute !== undefined && isKept(limits.requestsType, request))
    claims.push(claim(all, 'requests', requestsPerMinute, 1));
  if (tokensPerMinute !== undefined && isKept(limits.tokensType, request))
    claims.push(tokenClaim(all, tokensPerMinute, request));
  if (maxParallelRequests !== undefined)
    claims.push(claim(all, 'max_parallel_requests', maxParallelRequests, 1));
  claims.push(...claimsOfModel({ scope, id, countedAs }, limits, request));
  return claims;
}

/** A dynamic limit may be exceeded while the model does not fail. */
function isKept(type: Limits['requestsType'], { isFailing }: RatedRequest): boolean {
  return type !== 'dynamic' || isFailing();
}

function claimsOfModel(
  subject: Omit<Place, 'model'>,
  { modelRequestsPerMinute, modelTokensPerMinute }: Limits,
  request: RatedRequest,
): RateClaim[] {
  const claims: RateClaim[] = [];
  const requests = limitOfModel(modelRequestsPerMinute, request);
  if (requests !== null)
    claims.push(claim({ ...subject, model: requests.model }, 'requests', requests.limit, 1));
  const tokens = limitOfModel(modelTokensPerMinute, request);
  if (tokens !== null)
    claims.push(tokenClaim({ ...subject, model: tokens.model }, tokens.limit, request));
  return claims;
}

function limitOfModel(
  limits: Readonly<Record<string, number>> | undefined,
  request: RequestedModel,
): { readonly model: string; readonly limit: number } | null {
  if (limits === undefined) return null;
  const model = mostSpecificName(Object.keys(limits), request);
  const limit = model === null ? undefined : limits[model];
  return model === null || limit === undefined ? null : { model, limit };
}

function tokenClaim(place: Place, limit: number, request: Sized): RateClaim {
  return claim(place, 'tokens', limit, tokensOf(request, limit));
}

/** An output without a bound never makes a request too large for a limit: what it comes to is counted afterwards. */
function tokensOf(request: Sized, limit: number): number {
  const { outputTokensBound } = request;
  const inputTokens = request.estimateInputTokens();
  if (outputTokensBound !== null) return inputTokens + outputTokensBound;
  return Math.max(inputTokens, Math.min(inputTokens + USUAL_OUTPUT_TOKENS, limit));
}

function claim(place: Place, type: RateType, limit: number, amount: number): RateClaim {
  const { scope, id, countedAs, model } = place;
  const counter = counterOf(type, { scope, countedAs, model });
  return { counter, scope, id, model, type, limit, amount };
}

function counterOf(
  type: RateType,
  { scope, countedAs, model }: Pick<Place, 'scope' | 'countedAs' | 'model'>,
): string {
  return JSON.stringify([type, scope, countedAs, model]);
}
