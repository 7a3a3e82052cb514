import type { DeploymentSettings } from '#libs/config';
import type { PriceBook, ReservationBasis, UsageDetails } from '#libs/spend';
import type { Operation } from './endpoint.js';
import type { RelayRequest } from './relay-request.js';
import type { RequestExtras } from './request-extras.js';
import { searchesAt } from './requested-searches.js';

/** What of a reservation the size of a call decides. */
export type SizeBounds = Pick<
  ReservationBasis,
  'inputTokensBound' | 'isInputOpen' | 'outputTokensBound' | 'searchesBound' | 'unitsBound'
>;

/** The most tokens that a provider counts for a picture: those of eight tiles at 5,667 and 2,833 more, as OpenAI's small models do. */
const TOKENS_PER_IMAGE = 50_000;

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
