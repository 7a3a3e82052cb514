/** Tokens of one call. Integers ≥ 0; cached input tokens are part of the input tokens. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Left out where every token is plain: uncached or cached input, and text. */
  readonly details?: UsageDetails;
}

/** What has a price of its own in a call besides plain tokens. Integers above 0; members that are left out are 0. */
export interface UsageDetails {
  /** Tokens of the input that were written to a cache for five minutes, and for an hour. */
  readonly cacheWrite?: number;
  readonly cacheWriteHour?: number;
  /** Tokens of the input that are audio, images and videos, without cached ones. */
  readonly inputAudio?: number;
  readonly inputImage?: number;
  readonly inputVideo?: number;
  /** Cached tokens of the input that are audio and images. */
  readonly cachedAudio?: number;
  readonly cachedImage?: number;
  /** Tokens of the output that the client does not see, and those that are audio, images and videos. */
  readonly reasoning?: number;
  readonly outputAudio?: number;
  readonly outputImage?: number;
  readonly outputVideo?: number;
  /** Tokens of a search before the answer: of pages that it cites, and of its reasoning. Part of neither input nor output. */
  readonly citation?: number;
  readonly reasoningApart?: number;
  /** Web searches by the size of their context. */
  readonly searchLow?: number;
  readonly searchMedium?: number;
  readonly searchHigh?: number;
  readonly inputPicture?: number;
  readonly outputPicture?: number;
  readonly inputPixel?: number;
  readonly outputPixel?: number;
  readonly inputSecond?: number;
  readonly outputSecond?: number;
  readonly inputCharacter?: number;
  readonly outputCharacter?: number;
  readonly query?: number;
  readonly page?: number;
}

/** A unit that most calls do not have. */
export type DetailUnit = keyof UsageDetails;
