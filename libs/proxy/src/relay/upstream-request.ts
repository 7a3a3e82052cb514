import { memoizeByObject, type ByteSequence } from '#libs/common';
import { PROVIDERS, type DeploymentSettings } from '#libs/config';
import type { EnteredCall, PlannedCall } from '../planning/relay-call.js';
import { timeLimitsOf } from '../planning/requested-timeouts.js';
import { dialectOf, operationOf, wireOf } from '../dialects/dialect-table.js';
import type { UpstreamDialect } from '../dialects/upstream-dialect.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import { filledPath } from '../endpoints/request/path-parameters.js';
import { relayedQuery } from '../endpoints/request/relayed-query.js';
import { translatedChat } from '../translation/chat-translation.js';
import { TranslatedModelCall } from '../translation/translated-model-call.js';
import { fixedHeaders, upstreamHeaders, type SendingCaller } from '../upstream/request-headers.js';
import type { UpstreamHeaders } from '../upstream/upstream-headers.js';
import type { CallLimits, UpstreamCall, UpstreamRequest } from '../upstream/upstream-call.js';

/** A request made ready for one deployment. */
export interface PreparedRequest {
  readonly request: UpstreamRequest;
  readonly limits: CallLimits;
  /** The client must not see the usage event, which the gateway alone asked for. */
  readonly dropsUsage: boolean;
  /** The gateway added `stream_options`, of which the client sent none. */
  readonly addsStreamOptions: boolean;
  /** Starts the call, whose response has the form of the API of the operation. */
  readonly start: (
    request: UpstreamRequest,
    send: (request: UpstreamRequest) => UpstreamCall,
  ) => UpstreamCall;
  /** Members that the upstream cannot be told, and that were left out. */
  readonly dropped: readonly string[];
}

/** What all requests for one operation of a deployment have in common. */
interface UpstreamAddress {
  readonly origin: string;
  readonly path: string;
  /** The path for a stream. */
  readonly streamPath: string;
  readonly headers: UpstreamHeaders;
  readonly dialect: UpstreamDialect;
}

const addressOf = memoizeByObject((deployment: DeploymentSettings) =>
  memoizeByObject((endpoint: Operation): UpstreamAddress => {
    const dialect = dialectOf(deployment, wireOf(endpoint));
    const [plain, streamed] = [false, true].map((isStream) =>
      dialect.url(deployment, operationOf(endpoint), isStream),
    ) as [URL, URL];
    const accept = endpoint.streaming === 'bytes' ? '*/*' : undefined;
    return {
      origin: plain.origin,
      path: pathOf(plain),
      streamPath: pathOf(streamed),
      headers: fixedHeaders(deployment, dialect.credential(deployment), accept),
      dialect,
    };
  }),
);

/**
 * What is sent to a deployment for a call.
 * @param mayAskForUsage false when the upstream refuses `stream_options`
 */
export function prepareRequest(
  call: EnteredCall,
  deployment: DeploymentSettings,
  mayAskForUsage: boolean,
): PreparedRequest {
  const { streamOptions } = call.request;
  const { bytes, asksForUsage } = call.bodies.of(deployment, mayAskForUsage, call.outputLimit);
  const address = call.destination?.addressFor(bytes) ?? listedAddress(call, deployment);
  return {
    request: { method: call.endpoint.method ?? 'POST', ...address, body: bytes },
    limits: limitsOf(call, deployment),
    dropsUsage: asksForUsage && !isUsageShown(deployment, streamOptions),
    addsStreamOptions: asksForUsage && streamOptions === null,
    ...startOf(call, deployment, bytes),
  };
}

function startOf(
  call: EnteredCall,
  deployment: DeploymentSettings,
  body: ByteSequence,
): Pick<PreparedRequest, 'start' | 'dropped'> {
  const { package: provider } = PROVIDERS.get(deployment.provider) ?? {};
  if (deployment.dialect === 'translated' && provider !== undefined) {
    const translated = translatedChat(body, call.request, deployment, provider);
    return {
      start: (request, send) =>
        new TranslatedModelCall(translated, (made) =>
          send({ ...made, headers: headersOf(request, made) }),
        ),
      dropped: translated.request.dropped,
    };
  }
  const operation = operationOf(call.endpoint);
  const dialect = dialectOf(deployment, wireOf(call.endpoint));
  const { requestId } = call.access;
  return {
    start: (request, send) => {
      const sent = send(request);
      return dialect.received?.(sent, { operation, requestId }) ?? sent;
    },
    dropped: [],
  };
}

/** A package has its own types and credential; the rest is as for every deployment. */
function headersOf(ours: UpstreamRequest, made: UpstreamRequest): UpstreamHeaders {
  const { 'user-agent': agent = '' } = ours.headers;
  return { ...ours.headers, ...made.headers, 'user-agent': agent };
}

function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

function callerOf({ access, settings }: EnteredCall): SendingCaller {
  return { attribution: access.attribution, keyHeader: settings.access.keyHeaderName };
}

function listedAddress(
  call: EnteredCall,
  deployment: DeploymentSettings,
): Pick<UpstreamRequest, 'origin' | 'path' | 'headers'> {
  const address = addressOf(deployment)(call.endpoint);
  const { origin, headers: fixed, dialect } = address;
  const sent = upstreamHeaders(call.headers, fixed, callerOf(call), dialect);
  const { contentType } = call.request.scan;
  const headers = contentType === null ? sent : { ...sent, 'content-type': contentType };
  const path = call.request.isStream ? address.streamPath : address.path;
  const filled = filledPath(path, call.objects.parameters);
  return { origin, path: dialect.hasNoQuery ? filled : relayedQuery(filled, call), headers };
}

/** A client that sets `include_usage` to false does not get the event. */
function isUsageShown(
  { streamUsage }: DeploymentSettings,
  streamOptions: Readonly<Record<string, unknown>> | null,
): boolean {
  return streamUsage === 'shown' && streamOptions?.['include_usage'] === undefined;
}

/** A stream may flow for long: its timeouts limit the silence, and the whole of it has a limit of its own. */
function limitsOf(
  { request, settings, requestedTimeouts }: PlannedCall,
  deployment: DeploymentSettings,
): CallLimits {
  const { whole, firstByte, silence } = timeLimitsOf(requestedTimeouts, deployment);
  const wholeMs = whole * 1_000;
  if (!request.isStream) return { totalMs: wholeMs, firstByteMs: wholeMs, silenceMs: null };
  return {
    totalMs: settings.server.streamLimitSeconds * 1_000,
    firstByteMs: firstByte * 1_000,
    silenceMs: silence * 1_000,
  };
}
