import type { IncomingHttpHeaders } from 'node:http';
import type { AccessContext, RequestState } from '#libs/access';
import type { Settings } from '#libs/config';
import type { ClientConnection } from '../streaming/client-connection.js';
import type { ChatRequest } from '../endpoints/chat-completions.endpoint.js';
import type { ModelGroup } from '../routing/model-registry.js';

/** One chat completion as it comes from the controller: admitted, not yet judged. */
export interface RelayCall {
  readonly access: AccessContext;
  readonly state: RequestState;
  /** Model named by the path; `null` if none. */
  readonly pathModel: string | null;
  /** The client's headers. */
  readonly headers: IncomingHttpHeaders;
  readonly client: ClientConnection;
}

/** A call after every reason to refuse it was looked at. */
export interface PlannedCall extends RelayCall {
  /** The configuration that holds for the whole call, whatever a reload swaps meanwhile. */
  readonly settings: Settings;
  readonly request: ChatRequest;
  readonly group: ModelGroup;
}
