import { jsonObjectOf } from '#libs/common';
import type { BodyReport } from '../../streaming/response-format.js';
import { UnbilledResponseFormat } from '../../streaming/unbilled-response-format.js';

/** Responses that show an object which an upstream keeps. Its member `error` is a part of it, and no refusal. */
export class KeptObjectFormat extends UnbilledResponseFormat {
  override readBody(body: Buffer): BodyReport {
    const isObject = shownObject(body)?.['object'] !== undefined;
    return isObject ? { usage: null, serviceTier: null, isError: false } : super.readBody(body);
  }
}

/** Returns the object that a response shows; `null` where it is not JSON. */
export function shownObject(body: Buffer): Readonly<Record<string, unknown>> | null {
  return jsonObjectOf(body.toString());
}
