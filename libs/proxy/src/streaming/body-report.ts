import { scanJsonObject, type JsonObjectScan } from '#libs/common';
import type { BodyReport } from './response-format.js';

/** The report of a body that tells nothing. */
export const NOTHING: BodyReport = { usage: null, serviceTier: null, isError: false };

/** Reads a body by its top-level members alone: to parse a megabyte of text would stop all other calls. */
export function bodyReport(
  body: Buffer,
  read: (response: JsonObjectScan) => BodyReport,
): BodyReport {
  try {
    return read(scanJsonObject(body));
  } catch {
    return NOTHING;
  }
}
