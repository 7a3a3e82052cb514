import type { ErrorCode, GatehouseError } from '#libs/common';
import type { FallbackKind } from '../routing/fallback-chain.js';
import { isContentRefusal } from '../upstream/content-refusal.js';
import { isLengthRefusal } from '../upstream/length-refusal.js';
import type { GroupEnding } from './group-ending.js';
import type { BufferedResponse } from '../settlement/attempt-ending.js';

/** Statuses of client errors that another model may not have: it is not there, is slow, or has no capacity. */
const OF_THE_MODEL: ReadonlySet<number> = new Set([404, 408, 429]);

/** Refusals of the gateway that concern one model, before anything is sent for it. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'budget_exceeded',
  'budget_missing',
  'context_window_exceeded',
  'model_not_allowed',
  'model_unknown',
  'operation_unsupported',
  'no_deployment_available',
  'price_unknown',
  'rate_limited',
]);

/** Returns which fallbacks may serve a call whose model group has ended so; `null` for none: it was served, or the request is at fault. */
export function fallbackKindOf(ending: GroupEnding): FallbackKind | null {
  if (ending.kind === 'delivered' || ending.isFinal === true) return null;
  if (ending.kind === 'answered') return kindOfAnswer(ending.answer);
  return ending.error.code === 'context_window_exceeded' ? 'contextWindow' : 'general';
}

/** Returns true when the gateway refuses a call because of the model alone, so that another one may serve it. */
export function isRefusalOfGroup({ code }: GatehouseError): boolean {
  return REFUSALS.has(code);
}

function kindOfAnswer({ status, body }: BufferedResponse): FallbackKind | null {
  if (status < 400) return null;
  if (status >= 500 || OF_THE_MODEL.has(status)) return 'general';
  if (isLengthRefusal(body)) return 'contextWindow';
  return isContentRefusal(body) ? 'contentPolicy' : null;
}
