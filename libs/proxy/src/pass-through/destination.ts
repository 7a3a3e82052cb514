import type { IncomingHttpHeaders } from 'node:http';
import type { ByteSequence } from '#libs/common';
import type { ModelGroup } from '../routing/model-registry.js';
import type { UpstreamRequest } from '../upstream/upstream-call.js';

/** Where a call goes that the model list does not serve, and what is sent there besides its body. */
export interface Destination {
  /** One deployment, which is in no list. */
  readonly group: Pick<ModelGroup, 'name' | 'deployments'>;
  /** Whether lists of routes open it; the models of the caller are not compared. */
  readonly isOpenedByRoute: boolean;
  /**
   * Returns the address and the headers of the request.
   * @param body its bytes, for a signature
   */
  addressFor(body: ByteSequence): Pick<UpstreamRequest, 'origin' | 'path' | 'headers'>;
  /** Returns the headers of a response that the client may see. */
  relayedHeaders(headers: IncomingHttpHeaders): (readonly [name: string, value: string])[];
}
