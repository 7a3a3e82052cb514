import type { IncomingHttpHeaders } from 'node:http';
import type { AccessContext, RequestState } from '#libs/access';
import type { GatehouseError, PicoUsd } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import type { CallOrigin, CostReservation, DeploymentPass } from '#libs/spend';
import type { ClientConnection } from '../streaming/client-connection.js';
import type { CacheUse } from '../cache/cache-use.js';
import type { Measured, Operation } from '../endpoints/request/endpoint.js';
import type { RelayRequest } from '../endpoints/request/relay-request.js';
import type { Destination } from '../pass-through/destination.js';
import type { CallObjects } from '../routing/call-objects.js';
import type { CallFallbacks } from '../routing/fallback-chain.js';
import type { DeploymentVisit } from '../routing/deployment-visit.js';
import type { ModelGroup } from '../routing/model-registry.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import type { CallProgress } from './call-progress.js';
import { isBinaryEventStream, isEventStream, isJson } from '../upstream/response-headers.js';
import type { ResponseHead } from '../upstream/upstream-call.js';
import type { RequestedTimeouts } from './requested-timeouts.js';
import type { UpstreamBodies } from './upstream-bodies.js';

/** A call as it comes from the controller: admitted by the guards, its body not yet checked. */
export interface RelayCall {
  readonly access: AccessContext;
  readonly state: RequestState;
  /** Model named by the path; `null` if none. */
  readonly pathModel: string | null;
  /** The request target, with its query. */
  readonly target: string;
  /** The client's headers. */
  readonly headers: IncomingHttpHeaders;
  readonly client: ClientConnection;
  /** What of the request takes time to read; left out where nothing does. */
  readonly measured?: Measured;
  /** The objects of upstreams that it names, found; left out before they are. */
  readonly objects?: CallObjects;
  /** Left out for a call that the model list serves. */
  readonly destination?: Destination;
  /**
   * What serves a call that the gateway makes for itself, in place of what its model leads to.
   */
  readonly ownGroup?: Destination['group'];
  /** Makes the attempts of a call that is not one request with one response; left out for any other. */
  readonly attempt?: (call: EnteredCall) => Promise<AttemptEnding>;
}

/** A call that was checked for every reason to refuse it but its cost. */
export interface PlannedCall extends RelayCall {
  readonly endpoint: Operation;
  readonly objects: CallObjects;
  /** The configuration of the whole call; a reload does not change it. */
  readonly settings: Settings;
  readonly request: RelayRequest;
  readonly origin: CallOrigin;
  readonly bodies: UpstreamBodies;
  /** The group that is tried, with the deployments that may serve the call. */
  readonly group: ModelGroup;
  /** Why the group has none; `null` where it has. */
  readonly lack: GatehouseError | null;
  readonly fallbacks: CallFallbacks;
  /** Shared by all groups that are tried for the call. */
  readonly progress: CallProgress;
  /** How the cache of responses is used; `null` where it is not. */
  readonly cacheUse: CacheUse | null;
  /** Seconds of silence after which the request asks for a sign of life; `null` where it does not. */
  readonly keepAliveSeconds: number | null;
  /** Retries that a trusted caller asks for; `null` for none. */
  readonly requestedRetries: number | null;
  /** Time limits that a trusted caller asks for. */
  readonly requestedTimeouts: RequestedTimeouts;
}

/** Checked again after every wait: the client may disconnect, or be dismissed, at any time. */
export function hasLeft({ client }: Pick<RelayCall, 'client'>): boolean {
  return client.isGone;
}

/** What the events of a stream are in: server-sent events, the elements of a JSON array, or Amazon's binary messages. */
export type StreamForm = 'events' | 'elements' | 'frames';

/** Returns the form of a response that is a stream which is read; `null` for any other. */
export function streamFormOf(
  { endpoint, request }: Pick<PlannedCall, 'endpoint' | 'request'>,
  { headers }: ResponseHead,
): StreamForm | null {
  if (isEventStream(headers)) return 'events';
  const { responseFormat, streaming } = endpoint;
  if (request.isStream && responseFormat.hasArrays === true && isJson(headers)) return 'elements';
  return streaming === 'bytes' && isBinaryEventStream(headers) ? 'frames' : null;
}

/** Finds to how many tokens of one choice an attempt at a deployment is lowered; `null` leaves its request as it is. */
export type OutputLimiter = (deployment: DeploymentSettings, heldPico: PicoUsd) => number | null;

/** A planned call whose cost was admitted. Its attempts are booked against the reservation. */
export interface ReservedCall extends PlannedCall {
  readonly cost: CostReservation;
  readonly outputLimitAt: OutputLimiter;
}

/** A call with a place at one deployment. */
export interface EnteredCall extends ReservedCall {
  readonly deployment: DeploymentSettings;
  readonly pass: DeploymentPass;
  readonly visit: DeploymentVisit;
  /** The tokens to which the output of one choice is lowered; `null` leaves the request as it is. */
  readonly outputLimit: number | null;
}
