import type { GatehouseError } from '#libs/common';
import type { BufferedResponse } from './relay-attempt.js';

/** What trying the deployments of one group has come to. */
export type GroupEnding =
  /** The response has left, or the client has. */
  | { readonly kind: 'delivered' }
  /** Not yet sent. */
  | { readonly kind: 'answered'; readonly answer: BufferedResponse }
  | { readonly kind: 'failed'; readonly error: GatehouseError };
