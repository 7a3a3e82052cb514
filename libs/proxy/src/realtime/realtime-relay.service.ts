import { Injectable } from '@nestjs/common';
import { Clock, GatehouseError } from '#libs/common';
import { dialectOf } from '../dialects/dialect-table.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import { hasLeft, type EnteredCall } from '../planning/relay-call.js';
import { UnsettledCalls } from '../relay/unsettled-calls.js';
import { fixedHeaders, upstreamHeaders } from '../upstream/request-headers.js';
import { isCredentialRefusal } from '../upstream/refusals.js';
import { relayedHeaders } from '../upstream/response-headers.js';
import {
  UpstreamSockets,
  type SocketRequest,
  type SocketResult,
} from '../upstream/upstream-sockets.js';
import type { SocketClient } from './client-handshake.js';
import { CoveredResponses } from './covered-responses.js';
import { CoveredTranscriptions } from './covered-transcriptions.js';
import { closeSocket } from './frames.js';
import { RealtimeSession } from './realtime-session.js';
import { ResponseCoversService } from './response-covers.service.js';
import { credentialEndOf, endingBy, IDLE, STOPPING, TOO_LONG } from './session-ending.js';
import { SessionCosts } from './session-costs.js';
import { SessionWatch } from './session-watch.js';
import { withoutProtocols } from './subprotocols.js';

const DELIVERED: AttemptEnding = { kind: 'delivered', failure: null };
/** Headers of a request with a body, and of its response. */
const OF_REQUEST: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'content-type']);
const GOING_AWAY = 1_001;

/** Connects sessions to a deployment, and relays them until they end. */
@Injectable()
export class RealtimeRelayService {
  /**
   * @param covers hold the cost of responses
   * @param unsettledCalls tells when the process stops
   * @param clock for the end of credentials
   */
  constructor(
    private readonly sockets: UpstreamSockets,
    private readonly covers: ResponseCoversService,
    private readonly unsettledCalls: UnsettledCalls,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes an attempt at one deployment: the session itself where the upstream accepts it, else what the upstream says, before
   * anything has gone to the client.
   * @throws GatehouseError `shutting_down`
   */
  async attempt(call: EnteredCall, client: SocketClient): Promise<AttemptEnding> {
    const { log } = call.state;
    log['deployment'] = call.deployment.id;
    let stop = (): void => undefined;
    const stopListening = this.unsettledCalls.onStopping(() => {
      stop();
    });
    try {
      call.visit.sent();
      const result = await this.sockets.connect(requestFor(call));
      if (result.kind !== 'open') return endingOf(result, call);
      return await this.relay(call, client, result.socket, (listener) => {
        stop = listener;
      });
    } finally {
      stopListening();
    }
  }

  private async relay(
    call: EnteredCall,
    client: SocketClient,
    upstream: Extract<SocketResult, { readonly kind: 'open' }>['socket'],
    onStopping: (listener: () => void) => void,
  ): Promise<AttemptEnding> {
    const { access, settings, group, deployment, cost, visit } = call;
    visit.firstByte();
    for (const [name, value] of Object.entries(cost.headers)) client.setHeader(name, value);
    client.setHeader('x-litellm-model-id', deployment.id);
    if (/^[\x20-\x7e]*$/.test(group.name)) client.setHeader('x-litellm-model-group', group.name);
    const accepted = hasLeft(call) ? null : client.accept(settings.server.bodyLimitBytes);
    if (accepted === null) {
      closeSocket(upstream, GOING_AWAY);
      return DELIVERED;
    }
    const watch = new SessionWatch();
    const costs = new SessionCosts(
      new CoveredResponses(call, this.covers),
      new CoveredTranscriptions(call, this.covers),
    );
    const session = new RealtimeSession({ call, client: accepted, upstream, costs, watch });
    onStopping(() => {
      session.endSoon(STOPPING);
    });
    const stopWatching = [
      this.unsettledCalls.onEnding(() => {
        session.abort();
      }),
      access.withdrawal.onWithdrawn((reason) => {
        session.end(endingBy(reason));
      }),
    ];
    this.watchTime(session, call, watch);
    watch.keep([accepted, upstream], () => {
      session.end(IDLE);
    });
    const ended = session.run();
    // What happened between the last check and the listeners.
    if (access.withdrawal.reason !== null) session.end(endingBy(access.withdrawal.reason));
    if (this.unsettledCalls.isEnding) session.abort();
    try {
      return { kind: 'delivered', failure: (await ended) ? 'unavailable' : null };
    } finally {
      for (const end of stopWatching) end();
    }
  }

  private watchTime(
    session: RealtimeSession,
    { access: { principal }, settings }: EnteredCall,
    watch: SessionWatch,
  ): void {
    const end = credentialEndOf(principal, settings.jwt, this.clock.nowMs());
    if (end !== null)
      watch.after(end.leftMs, () => {
        session.end(endingBy(end.error));
      });
    watch.after(settings.server.streamLimitSeconds * 1_000, () => {
      session.end(TOO_LONG);
    });
  }
}

function requestFor({ deployment, headers, access, settings }: EnteredCall): SocketRequest {
  const dialect = dialectOf(deployment, 'openai');
  const url = dialect.url(deployment, '/realtime');
  url.searchParams.set(dialect.modelParameter ?? 'model', deployment.upstreamModel);
  const caller = { attribution: access.attribution, keyHeader: settings.access.keyHeaderName };
  const fixed = fixedHeaders(deployment, dialect.credential(deployment));
  const sent = upstreamHeaders(withoutProtocols(headers), fixed, caller, dialect);
  const kept = Object.entries(sent).filter(([name]) => !OF_REQUEST.has(name));
  const handshakeMs = deployment.firstByteTimeoutSeconds * 1_000;
  return { url, headers: Object.fromEntries(kept), handshakeMs };
}

/** A refusal of the handshake is an HTTP response; the client gets it in its place, as far as it concerns the client. */
function endingOf(
  result: Exclude<SocketResult, { readonly kind: 'open' }>,
  { deployment }: EnteredCall,
): AttemptEnding {
  if (result.kind === 'failed') return { kind: 'unsent', failure: result.failure };
  const { head, body } = result;
  const { status } = head;
  const context = { deployment: deployment.id, failure: `status ${String(status)}` };
  if (isCredentialRefusal(status, body)) {
    const error = new GatehouseError('upstream_credential_rejected', { context });
    return { kind: 'rejected', error, head };
  }
  if (status < 400) {
    const cause = new Error(`the upstream answered the handshake with status ${String(status)}`);
    return { kind: 'unsent', failure: { kind: 'invalid', wasSent: false, cause } };
  }
  const headers = [
    ...relayedHeaders(head.headers),
    ['x-gatehouse-error-source', 'upstream'] as const,
    ['x-litellm-model-id', deployment.id] as const,
  ];
  return { kind: 'answered', answer: { status, head, headers, body } };
}
