import type { ClientRequest, IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { WebSocket } from 'ws';
import { SettingsStore } from '#libs/config';
import { OutboundAgents } from '#libs/network';
import type { ResponseHead } from './upstream-call.js';
import type { UpstreamFailure } from './upstream-failure.js';
import type { UpstreamHeaders } from './upstream-headers.js';

/** Longer responses to a refused handshake are cut. */
const MAX_REFUSAL_BYTES = 65_536;
/** Larger frames of an upstream end the connection. */
const MAX_FRAME_BYTES = 67_108_864;

/** A WebSocket of an upstream, complete. */
export interface SocketRequest {
  /** `http` or `https`, from the configuration alone. */
  readonly url: URL;
  readonly headers: UpstreamHeaders;
  /** Milliseconds for the connection and the handshake. */
  readonly handshakeMs: number;
}

/** The result of the wait for a connection. */
export type SocketResult =
  /** Paused: nothing of it is delivered before it is resumed. */
  | { readonly kind: 'open'; readonly socket: WebSocket }
  /** The upstream has answered with an HTTP response. */
  | { readonly kind: 'refused'; readonly head: ResponseHead; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure };

/** Opens WebSockets to upstreams. Redirects are never followed: the credential would travel with them. */
@Injectable()
export class UpstreamSockets {
  private readonly agents: OutboundAgents;

  /** @param settings for the way to other servers */
  constructor(settings: SettingsStore) {
    this.agents = new OutboundAgents(settings.current.network);
  }

  /** Connects. Never rejects: a connection that cannot be made has failed. */
  connect({ url, headers, handshakeMs }: SocketRequest): Promise<SocketResult> {
    const socket = new WebSocket(url, {
      headers: { ...headers },
      agent: this.agents.for(url),
      handshakeTimeout: handshakeMs,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    return new Promise((resolve) => {
      socket.once('open', () => {
        socket.pause();
        resolve({ kind: 'open', socket });
      });
      socket.once('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
        refusalOf(response, (refusal) => {
          resolve(refusal);
          request.destroy();
        });
      });
      // Also what a connection reports later; that it is closed then tells enough.
      socket.on('error', (cause) => {
        resolve({ kind: 'failed', failure: failureOf(cause) });
      });
    });
  }
}

function refusalOf(response: IncomingMessage, tell: (refusal: SocketResult) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const end = (): void => {
    const { statusCode: status = 0, headers } = response;
    const body = Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES);
    tell({ kind: 'refused', head: { status, headers }, body });
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_REFUSAL_BYTES) end();
  });
  response.once('end', end);
  response.once('error', end);
  response.once('aborted', end);
}

/** Nothing that a handshake sends is billed, so that it may be repeated. */
function failureOf(cause: Error): UpstreamFailure {
  const isTimeout = cause.message === 'Opening handshake has timed out';
  const isInvalid = cause.message.startsWith('Invalid ');
  const kind = isTimeout ? 'timeout' : isInvalid ? 'invalid' : 'unreachable';
  return { kind, wasSent: false, cause };
}
