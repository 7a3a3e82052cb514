import type { GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { errorOfFailure } from '../upstream/failure-error.js';
import type { PassedOver } from './attempt-endings.js';
import type { AttemptEnding, BufferedResponse } from '../settlement/attempt-ending.js';

/** What trying the deployments of one group has come to. One that is final is followed by no attempt, also not at another model. */
export type GroupEnding =
  /** The response has left, or the client has. */
  | { readonly kind: 'delivered' }
  /** Not yet sent. */
  | { readonly kind: 'answered'; readonly answer: BufferedResponse; readonly isFinal?: true }
  | { readonly kind: 'failed'; readonly error: GatehouseError; readonly isFinal?: true };

/**
 * Returns the result of the attempts so far. A response wins over a later deployment that was not reached, but not over one that
 * received the call: that one may bill it. The error of an attempt wins over the refusal of a deployment that was passed over.
 * @param known of the endings before; `null` for none
 */
export function groupEndingAfter(
  known: GroupEnding | null,
  ending: Exclude<AttemptEnding, { readonly kind: 'delivered' }> | PassedOver,
  { id }: DeploymentSettings,
): GroupEnding | null {
  switch (ending.kind) {
    case 'answered':
      return { kind: 'answered', answer: ending.answer };
    case 'rejected':
      return { kind: 'failed', error: ending.error };
    case 'unanswered':
      return { kind: 'failed', error: errorOfFailure(ending.failure, id) };
    case 'unsent':
      if (known?.kind === 'answered') return known;
      return { kind: 'failed', error: errorOfFailure(ending.failure, id) };
    case 'full':
      if (known !== null || ending.refusal === null) return known;
      return { kind: 'failed', error: ending.refusal };
  }
}
