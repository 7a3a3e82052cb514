/*
 * proxy: relays OpenAI-compatible calls to upstreams, byte for byte, and reports what they cost.
 * Entry points: ProxyModule, UnsettledCalls (calls that a graceful shutdown waits for), RelayPreflight (for explain),
 * ENDPOINTS (what is served), UpstreamTransport (token of what makes the calls to upstreams).
 * Knows the caller only as an AccessContext and the deployments only from the settings.
 * Streams are watched rather than rebuilt; spend is in the journal before the last byte leaves.
 * Must never import: auth, any library of records, apps.
 */
export type { Endpoint } from './endpoints/request/endpoint.js';
export { documentedPath, pathsOf } from './endpoints/request/endpoint.js';
export { ENDPOINTS, endpointOf } from './endpoints/index.js';
export { BatchSettlementsService } from './settlement/batch-settlements.service.js';
export { ResponseSettlementsService } from './settlement/response-settlements.service.js';
export { CallObjectsService } from './planning/call-objects.service.js';
export { UnsettledCalls } from './relay/unsettled-calls.js';
export { endpointsController, SERVED_PREFIXES } from './relay/pass-through.controller.js';
export { ConfiguredEndpointsModule, PROXY_LIBRARY, ProxyModule } from './proxy.module.js';
export { DEPLOYMENT_STATES, DeploymentStatesService } from './routing/deployment-states.service.js';
export { RelayPreflight } from './planning/relay-preflight.js';
export {
  UpstreamTransport,
  type BodySink,
  type HeadResult,
  type UpstreamCall,
  type UpstreamRequest,
} from './upstream/upstream-call.js';
export type { UpstreamFailureKind } from './upstream/upstream-failure.js';
