import { times, type ExactDecimal } from '#libs/common';
import type { ModelPrices, PricedUnit, ServiceTier, UnitPrices } from '#libs/config';
import { INPUT_UNITS, OUTPUT_UNITS } from './usage-units.js';

type Members = Readonly<Record<string, unknown>>;

/** Between the parts of a price class; each part is what one member says. */
const BETWEEN = '+';
const SPEED = 'speed_';
const GEO = 'inference_geo_';

/** Parts that are billed at the standard price, or leave it to the project of the upstream. */
const STANDARD_PARTS: ReadonlySet<string> = new Set([
  ...['', 'auto', 'default', 'standard', 'standard_only'],
  ...[`${SPEED}standard`, `${GEO}global`, `${GEO}not_available`],
]);
/** Parts that refuse every other tier. */
const STANDARD_TIERS: ReadonlySet<string> = new Set(['default', 'standard', 'standard_only']);

/** Names of service tiers, by what upstreams and clients call them. */
const SERVICE_TIERS: ReadonlyMap<string, ServiceTier> = new Map([
  ['flex', 'flex'],
  ['priority', 'priority'],
  // LiteLLM's reading of OpenAI's fast mode.
  ['fast', 'priority'],
  ['ultrafast', 'ultrafast'],
  ['batch', 'batches'],
]);

/** What a price class means for the prices of one deployment. */
export interface PriceClass {
  /** `null` for the standard tier. */
  readonly tier: ServiceTier | null;
  /** Names of the factors of the deployment that count. */
  readonly factors: readonly string[];
}

const STANDARD: PriceClass = { tier: null, factors: [] };

/**
 * Returns the price class that the members of a request or a usage name: `speed`, `inference_geo` and `service_tier`. `null` where they
 * name none. https://platform.claude.com/docs/en/build-with-claude/fast-mode
 */
export function priceClassIn({
  speed,
  inference_geo: geo,
  service_tier: tier,
}: Members): string | null {
  const parts = [tier, prefixed(SPEED, speed), prefixed(GEO, geo)];
  const named = parts.filter((part) => typeof part === 'string' && part !== '');
  return named.length === 0 ? null : named.join(BETWEEN);
}

/** Returns a price class with the parts of another one that it does not name itself. */
export function mergedPriceClass(first: string | null, other: string | null): string | null {
  if (first === null || other === null) return first ?? other;
  const parts = partsOf(first);
  const kinds = new Set(parts.map(kindOf));
  return [...parts, ...partsOf(other).filter((part) => !kinds.has(kindOf(part)))].join(BETWEEN);
}

/** Returns what a price class means for the prices of a deployment: a part that they do not know is billed at the standard price. */
export function priceClassOf(prices: ModelPrices, name: string | null): PriceClass {
  if (name === null) return STANDARD;
  const parts = partsOf(name);
  const factors = parts.map(factorOf).filter((factor) => isFactor(prices, factor));
  return { tier: firstTier(prices, parts), factors };
}

/**
 * Returns every price class that a call can come to. An upstream may serve any call at the standard price; what a call leaves open is
 * decided by the project of the upstream.
 * @param asked the class that the client asked for; `null` for none
 */
export function reachableClasses(prices: ModelPrices, asked: string | null): PriceClass[] {
  const parts = asked === null ? [] : partsOf(asked);
  const named = parts.map(factorOf).filter((factor) => isFactor(prices, factor));
  const speeds = named.filter((factor) => factor === 'fast');
  const geos = parts.some((part) => part.startsWith(GEO))
    ? named.filter((factor) => factor !== 'fast')
    : Object.keys(prices.factors ?? {}).filter((factor) => factor !== 'fast');
  return reachableTiers(prices, parts).flatMap((tier) =>
    [[], ...geos.map((geo) => [geo])].flatMap((geo) =>
      [[], ...speeds.map((speed) => [speed])].map((speed) => ({
        tier,
        factors: [...speed, ...geo],
      })),
    ),
  );
}

/**
 * Tells whether the price of a class is known. A service tier without prices of its own is booked at the standard price, which is right
 * where the configuration has the price. Speed and place are known by a factor alone.
 * @param isConfigured whether the prices stand in the configuration
 */
export function isClassPriced(
  prices: ModelPrices | null,
  name: string | null,
  isConfigured: boolean,
): boolean {
  const parts = name === null ? [] : partsOf(name);
  return parts.every((part) => {
    if (STANDARD_PARTS.has(part)) return true;
    const factor = factorOf(part);
    if (factor === null) return isConfigured || hasTier(prices, SERVICE_TIERS.get(part));
    if (prices !== null && isFactor(prices, factor)) return true;
    return part === `${SPEED}fast` && hasTier(prices, 'priority');
  });
}

/** Returns prices with those of tokens times the factors. */
export function withFactors(
  given: UnitPrices,
  factors: readonly string[],
  known: ModelPrices['factors'] = {},
): UnitPrices {
  const scaled: Partial<Record<PricedUnit, ExactDecimal>> = { ...given };
  for (const name of factors)
    for (const unit of [...INPUT_UNITS, ...OUTPUT_UNITS]) {
      const [price, factor] = [scaled[unit], known[name]];
      if (price !== undefined && factor !== undefined) scaled[unit] = times(price, factor);
    }
  return scaled;
}

function prefixed(prefix: string, value: unknown): string | null {
  return typeof value === 'string' ? `${prefix}${value.toLowerCase()}` : null;
}

function partsOf(name: string): readonly string[] {
  return name.split(BETWEEN);
}

/** The member that names a part. */
function kindOf(part: string): string {
  return [SPEED, GEO].find((prefix) => part.startsWith(prefix)) ?? '';
}

/** The name of the factor that a part asks for; `null` for a service tier. */
function factorOf(part: string): string | null {
  const kind = kindOf(part);
  return kind === '' ? null : part.slice(kind.length);
}

function isFactor(prices: ModelPrices, name: string | null): name is string {
  return name !== null && prices.factors !== undefined && Object.hasOwn(prices.factors, name);
}

/** Fast mode has the prices of the priority tier where it has no factor. */
function firstTier(prices: ModelPrices, parts: readonly string[]): ServiceTier | null {
  const named = parts.find((part) => SERVICE_TIERS.has(part));
  if (named !== undefined) return SERVICE_TIERS.get(named) ?? null;
  const isFast = parts.includes(`${SPEED}fast`) && !isFactor(prices, 'fast');
  return isFast ? 'priority' : null;
}

function hasTier(prices: ModelPrices | null, tier: ServiceTier | undefined): boolean {
  return tier !== undefined && prices?.serviceTiers?.[tier] !== undefined;
}

/** An upstream may serve any call at the standard tier, and a call that names no tier at the one of its project. */
function reachableTiers(
  prices: ModelPrices,
  parts: readonly string[],
): readonly (ServiceTier | null)[] {
  if (prices.serviceTiers === undefined) return [null];
  const tier = firstTier(prices, parts);
  if (tier !== null) return [null, tier];
  return parts.some((part) => STANDARD_TIERS.has(part))
    ? [null]
    : [null, 'flex', 'priority', 'ultrafast', 'batches'];
}
