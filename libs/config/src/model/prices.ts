import type { ExactDecimal } from '#libs/common';

/**
 * What has a price of its own. Tokens of the input that are `input` alone are plain and not cached, and those of the output that
 * are `output` alone are plain text; searches differ by the size of their context. Tokens of citations and of reasoning apart are
 * those of a search before the answer: they are part of neither the input nor the output.
 */
export type PricedUnit =
  | 'input'
  | 'cachedInput'
  | 'cachedAudio'
  | 'cachedImage'
  | 'cacheWrite'
  | 'cacheWriteHour'
  | 'inputAudio'
  | 'inputImage'
  | 'inputVideo'
  | 'output'
  | 'reasoning'
  | 'outputAudio'
  | 'outputImage'
  | 'outputVideo'
  | 'citation'
  | 'reasoningApart'
  | 'request'
  | 'searchLow'
  | 'searchMedium'
  | 'searchHigh'
  | 'inputPicture'
  | 'outputPicture'
  | 'inputPixel'
  | 'outputPixel'
  | 'inputSecond'
  | 'outputSecond'
  | 'inputCharacter'
  | 'outputCharacter'
  | 'query'
  | 'page';

/** US dollars for each unit; a member that is absent is not known, zero is free. */
export type UnitPrices = Readonly<Partial<Record<PricedUnit, ExactDecimal>>>;

/** Prices that replace those of the same units for a whole call, where its input has more tokens. */
export interface PriceTier {
  /** The input must have more tokens. */
  readonly above: number;
  readonly prices: UnitPrices;
}

/** Prices that may depend on the length of the input. */
export interface LengthPrices extends UnitPrices {
  /** Ascending; the last one that is reached counts, and no other. */
  readonly tiers?: readonly PriceTier[];
}

/** A price class of calls besides the standard one. */
export type ServiceTier = 'flex' | 'priority' | 'ultrafast' | 'batches';

/** Hours of a day in UTC. */
export interface PriceWindow {
  /** 1 for Monday to 7 for Sunday; `null` for every day. */
  readonly weekdays: readonly number[] | null;
  /** Minutes since midnight, included. */
  readonly start: number;
  /** Minutes since midnight, not included; before {@link start} it is on the next day, and equal to it a day later. */
  readonly end: number;
}

/** Prices that replace those of the same units while a window is open. */
export interface OffPeakPrices {
  readonly windows: readonly PriceWindow[];
  /** IANA name of the time zone of the weekdays. */
  readonly weekdayZone: string;
  readonly prices: UnitPrices;
}

/** What is taken off and added to the exact cost of a call, in this order. */
export interface PriceAdjustment {
  /** Share of the cost that is taken off. */
  readonly discount: ExactDecimal;
  /** Share of the rest that is added. */
  readonly margin: ExactDecimal;
  /** US dollars that each call adds. */
  readonly fixedUsd: ExactDecimal;
}

/** Every price of a deployment. */
export interface ModelPrices extends LengthPrices {
  /** Prices that replace those of the same units in calls of a service tier. */
  readonly serviceTiers?: Readonly<Partial<Record<ServiceTier, LengthPrices>>>;
  readonly offPeak?: OffPeakPrices;
  /** What the prices of tokens are multiplied by, by the name of a speed (`fast`) or of a place of inference (`us`). */
  readonly factors?: Readonly<Record<string, ExactDecimal>>;
  readonly adjustment?: PriceAdjustment;
}
