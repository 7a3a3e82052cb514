import type { DeploymentSettings } from '#libs/config';
import type { PriceBook, ReservationBasis, UsageDetails } from '#libs/spend';
import type { Operation } from '../endpoints/endpoint.js';
import type { RelayRequest } from '../endpoints/relay-request.js';
import type { RequestExtras } from '../endpoints/request-extras.js';
import { searchesAt } from '../endpoints/requested-searches.js';
import type { PlannedCall } from './relay-call.js';

/** What of a reservation the size of a call decides. */
export type SizeBounds = Pick<
  ReservationBasis,
  'inputTokensBound' | 'isInputOpen' | 'outputTokensBound' | 'searchesBound' | 'unitsBound'
>;

/** The facts of a call that bound its cost. */
export interface CallSize {
  /**
   * Returns the bounds of one attempt at a deployment.
   * @param outputLimit tokens of one choice, in place of those that the request asks for; `null` for those
   */
  boundsAt(
    deployment: DeploymentSettings,
    priceBook: Pick<PriceBook, 'contextTokens'>,
    outputLimit?: number | null,
  ): SizeBounds;
  /** Tokens that the request asks for in one choice at most; `null` where it sets no bound. */
  readonly maxOutputTokens: number | null;
  /** Upper bound of the whole output in tokens; `null` when the request sets none. */
  readonly outputTokensBound: number | null;
  /** The price class that the client asked for; `null` leaves it to the upstream. */
  readonly serviceTier: string | null;
  /** Estimates the tokens of the input. */
  readonly estimateInputTokens: () => number;
}

/** The size of a call whose cost does not depend on its content. */
export const FIXED_SIZE: CallSize = {
  boundsAt: noTokens,
  maxOutputTokens: 0,
  outputTokensBound: 0,
  serviceTier: null,
  estimateInputTokens: nothing,
};

/** The most tokens that a provider counts for a picture: those of eight tiles at 5,667 and 2,833 more, as OpenAI's small models do. */
const TOKENS_PER_IMAGE = 50_000;

/** The size of a call of which only the model is known. Its bounds are the default reservation. */
export const UNKNOWN_SIZE: CallSize = {
  boundsAt: unknownBounds,
  maxOutputTokens: null,
  outputTokensBound: null,
  serviceTier: null,
  estimateInputTokens: nothing,
};

/** Returns the size of a planned call. A request for the usage of a stream counts, also where it is left out later. */
export function sizeOf({
  endpoint,
  request,
  bodies,
}: Pick<PlannedCall, 'endpoint' | 'request' | 'bodies'>): CallSize {
  const { maxOutputTokens, wholeOutputTokens, choices, serviceTier, scan } = request;
  const facts = sizeFactsOf(endpoint, request);
  const boundsAt: CallSize['boundsAt'] = (deployment, priceBook, outputLimit = null) => {
    const limited = outputLimit === null ? facts : { ...facts, maxOutputTokens: outputLimit };
    const bytes = bodies.of(deployment, true).bytes.length;
    return sizeBounds({ ...limited, bytes }, { deployment, priceBook });
  };
  return {
    boundsAt,
    maxOutputTokens,
    outputTokensBound: maxOutputTokens === null ? wholeOutputTokens : maxOutputTokens * choices,
    serviceTier,
    estimateInputTokens: () => endpoint.estimateInput(scan),
  };
}

/** What bounds a request besides the number of its bytes. */
export interface SizeFacts extends Pick<
  RelayRequest,
  'maxOutputTokens' | 'wholeOutputTokens' | 'choices' | 'serviceTier'
> {
  readonly extras: RequestExtras;
  readonly unitsBound: UsageDetails | undefined;
}

/** Returns what bounds a request, without the request itself. */
export function sizeFactsOf(
  endpoint: Pick<Operation, 'extrasOf' | 'units'>,
  request: RelayRequest,
): SizeFacts {
  const { maxOutputTokens, wholeOutputTokens, choices, serviceTier, scan } = request;
  const facts = { maxOutputTokens, wholeOutputTokens, choices, serviceTier };
  return {
    ...facts,
    extras: endpoint.extrasOf(scan),
    unitsBound: endpoint.units?.bound(request),
  };
}

/** A deployment, and what knows the contexts of models. */
interface SizedAt {
  readonly deployment: DeploymentSettings;
  readonly priceBook: Pick<PriceBook, 'contextTokens'>;
}

/** Returns the bounds of a request at a deployment. */
export function sizeBounds(
  { bytes, ...facts }: SizeFacts & { readonly bytes: number },
  at: SizedAt,
): SizeBounds {
  const { unitsBound } = facts;
  return {
    ...inputBounds(bytes, facts.extras, at),
    outputTokensBound: outputBound(facts, at.deployment),
    ...(unitsBound === undefined ? {} : { unitsBound }),
  };
}

function outputBound(
  { maxOutputTokens, wholeOutputTokens, choices, extras: { predictedTokens } }: SizeFacts,
  { maxOutputTokens: known }: DeploymentSettings,
): number | null {
  if (wholeOutputTokens !== null) return wholeOutputTokens;
  const perChoice = maxOutputTokens ?? known;
  const all = perChoice === null ? Infinity : (perChoice + predictedTokens) * choices;
  return Number.isFinite(all) ? all : null;
}

function unknownBounds(): SizeBounds {
  return { inputTokensBound: 0, outputTokensBound: null };
}

function noTokens(): SizeBounds {
  return { inputTokensBound: 0, outputTokensBound: 0 };
}

function nothing(): number {
  return 0;
}

/**
 * Text has at most as many tokens as bytes. What no byte of the body measures (files, pictures, pages that a search reads) has
 * at most those that the model's context holds.
 */
function inputBounds(
  bytes: number,
  extras: RequestExtras,
  at: SizedAt,
): Omit<SizeBounds, 'outputTokensBound'> {
  const searchesBound = searchesAt(at.deployment, extras.searches);
  const text = bytes - extras.imageBytes;
  const isUnmeasured = extras.isUnmeasured || searchesBound > 0;
  if (!isUnmeasured && extras.images === 0) return { inputTokensBound: text };
  const context = at.priceBook.contextTokens(at.deployment);
  const images = extras.images * TOKENS_PER_IMAGE;
  const beside = context === null ? images : isUnmeasured ? context : Math.min(images, context);
  return {
    inputTokensBound: text + beside,
    isInputOpen: isUnmeasured && context === null,
    searchesBound,
  };
}
