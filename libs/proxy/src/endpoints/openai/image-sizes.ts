import type { JsonObjectScan } from '#libs/common';
import type { UsageDetails } from '#libs/spend';

/** Pixels of a picture whose size the request leaves to the upstream: the standard size. */
const STANDARD_PIXELS = 1_024 * 1_024;
/** Pixels of the largest size that an upstream chooses by itself. */
const CHOSEN_PIXELS = 1_536 * 1_024;
/** Output tokens of a partial image: https://platform.openai.com/docs/guides/image-generation. */
const TOKENS_PER_PARTIAL_IMAGE = 100;
/** Pixels for one output token by quality: 1024 × 1024 has 272, 1,056 or 4,160 tokens. */
const PIXELS_PER_TOKEN: ReadonlyMap<unknown, number> = new Map([
  ['low', 3_800],
  ['medium', 990],
  ['high', 250],
  ['auto', 250],
]);
/** Models differ, and some write text besides. */
const MARGIN = 1.5;
const SIZE = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/;

/** Returns pictures of a size in every unit in which they may be billed. */
export function picturesOf(count: number, pixels: number): UsageDetails {
  if (count === 0) return {};
  return {
    inputPicture: count,
    outputPicture: count,
    inputPixel: count * pixels,
    outputPixel: count * pixels,
  };
}

/** Returns the pixels of one picture that a request asks for. */
export function pixelsOf(scan: JsonObjectScan): number {
  return statedPixels(scan) ?? STANDARD_PIXELS;
}

/**
 * Returns the most output tokens of a number of pictures; `null` for a quality whose tokens are not published.
 */
export function tokenBoundOf(scan: JsonObjectScan, count: number): number | null {
  const perToken = PIXELS_PER_TOKEN.get(scan.value('quality') ?? 'auto');
  if (perToken === undefined) return null;
  const pixels = statedPixels(scan) ?? CHOSEN_PIXELS;
  const partial = Number(scan.value('partial_images') ?? 0) * TOKENS_PER_PARTIAL_IMAGE;
  return count * (Math.ceil((pixels / perToken) * MARGIN) + partial);
}

/** Estimates the output tokens of a number of pictures. */
export function tokensOf(scan: JsonObjectScan, count: number): number {
  const perToken = PIXELS_PER_TOKEN.get(scan.value('quality') ?? 'auto') ?? 250;
  return count * Math.ceil(pixelsOf(scan) / perToken);
}

function statedPixels(scan: JsonObjectScan): number | null {
  const value = scan.value('size');
  const size = typeof value === 'string' ? SIZE.exec(value) : null;
  return size === null ? null : Number(size[1]) * Number(size[2]);
}
