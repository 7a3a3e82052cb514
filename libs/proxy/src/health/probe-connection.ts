import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { ClientConnection } from '../streaming/client-connection.js';

/** What a deployment answered to a check. */
export interface ProbeResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** The client's side of a call that the gateway makes for itself: its response is kept and sent to no one. */
export class ProbeConnection extends ClientConnection {
  /** The response; `null` while there is none. */
  received: ProbeResponse | null = null;

  constructor() {
    super(new ServerResponse(new IncomingMessage(new Socket())));
  }

  override send(status: number, _headers: unknown, body: Buffer): void {
    this.received = { status, body: Buffer.from(body) };
  }
}
