import type { IncomingHttpHeaders } from 'node:http';
import { isHeaderText, NO_HEADERS, type UpstreamHeaders } from '../upstream/upstream-headers.js';

/** Returns what is taken over from a client of OpenAI's API: `openai-beta`, unless the deployment has one of its own. */
export function openaiHeaders(
  { 'openai-beta': beta }: IncomingHttpHeaders,
  fixed: UpstreamHeaders,
): UpstreamHeaders {
  if (beta === undefined || fixed['openai-beta'] !== undefined) return NO_HEADERS;
  return isHeaderText(beta) ? { 'openai-beta': beta } : NO_HEADERS;
}
