import type { JsonObjectScan } from '#libs/common';
import { NO_ATTACHMENTS, attachmentsIn, type Attachments } from './attachments.js';
import { requestedSearches } from './requested-searches.js';

/** What a request may be billed for besides the text of its body and its output. */
export interface RequestExtras extends Attachments {
  /** Searches that it asks for; 0 for none, `Infinity` without a limit. */
  readonly searches: number;
  /** Tokens of a prediction, which are billed as output where the model does not use them. */
  readonly predictedTokens: number;
}

const NO_EXTRAS: RequestExtras = { ...NO_ATTACHMENTS, searches: 0, predictedTokens: 0 };

/** Returns the extras of a chat. */
export function chatExtras(scan: JsonObjectScan): RequestExtras {
  const { valueStart = 0, end = 0 } = scan.members.get('prediction') ?? {};
  return {
    ...attachmentsIn(scan, 'messages'),
    searches: requestedSearches(scan),
    predictedTokens: end - valueStart,
  };
}

/** Returns the extras of a request whose input is the named member alone. */
export function inputExtras(scan: JsonObjectScan, name: string): RequestExtras {
  return { ...NO_EXTRAS, ...attachmentsIn(scan, name) };
}

/** Returns the extras of a request that holds text alone. */
export function textExtras(): RequestExtras {
  return NO_EXTRAS;
}
