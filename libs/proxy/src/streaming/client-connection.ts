import type { ServerResponse } from 'node:http';
import { MAX_LEFT_BYTES, giveBack, type GatehouseError } from '#libs/common';
import type { ResponseRecording } from './response-recording.js';
import type { StreamEvents } from './stream-events.js';

/** The client's side of a relayed call: its response, and whether the client still waits for it. */
export class ClientConnection {
  private isDismissed = false;
  /** What is written into a stream of events; `null` for any other response. */
  private events: StreamEvents | null = null;
  /** Beginning of the names of headers that are left out; `null` for none. */
  private hidden: string | null = null;
  /** `null` where the response is not kept. */
  private recording: ResponseRecording | null = null;
  /** `null` until someone watches. */
  private departures: Set<() => void> | null = null;

  /** @param response the answer, nothing of it sent yet */
  constructor(private readonly response: ServerResponse) {}

  /** True when the client has closed its connection before the answer was complete, or was dismissed. */
  get isGone(): boolean {
    return this.isDismissed || (this.response.destroyed && !this.response.writableFinished);
  }

  /** True when status and headers were sent. */
  get isOpen(): boolean {
    return this.response.headersSent;
  }

  /** Leaves out headers from now on whose names begin so. */
  hideHeaders(prefix: string): void {
    this.hidden = prefix;
  }

  /**
   * Keeps what is sent from now on in place of what was kept before, also what a client that has disconnected would get; `null` keeps
   * nothing.
   */
  record(recording: ResponseRecording | null): void {
    this.recording = recording;
  }

  /**
   * Calls back when the client disconnects, or is dismissed, before its response has ended.
   * @param listener called at most once
   * @returns what ends the watch
   */
  onGone(listener: () => void): () => void {
    const departures = (this.departures ??= this.watched());
    departures.add(listener);
    return () => {
      departures.delete(listener);
    };
  }

  /**
   * Ends the relay to a client before its response is complete. From now on the client counts as
   * disconnected and receives nothing more of the upstream. A response that has not begun is left
   * to the caller. Does nothing when the response has ended or the client has disconnected.
   * @param reason the last event of a stream of events that has begun; the connection of any other is cut
   */
  dismiss(reason: GatehouseError): void {
    if (this.isGone || this.response.writableEnded) return;
    this.recording = null;
    if (this.isOpen && !this.endWith(reason)) this.response.destroy();
    this.isDismissed = true;
    this.leave();
  }

  /** Sets a header of the response, also for a response that the error filter writes. */
  setHeader(name: string, value: string): void {
    if (this.response.headersSent) return;
    if (this.hidden === null || !name.startsWith(this.hidden)) this.response.setHeader(name, value);
  }

  /**
   * Sends status and headers at once. Does nothing for a client that has gone.
   * @param events what can be written into the response; `null` where that is not a stream of events
   */
  open(
    status: number,
    headers: readonly (readonly [name: string, value: string])[],
    events: StreamEvents | null,
  ): void {
    this.events = events;
    if (events === null) this.recording = null;
    if (this.isOpen) return;
    this.recording?.begin(status, headers);
    if (this.isGone) return;
    this.response.statusCode = status;
    for (const [name, value] of headers) this.setHeader(name, value);
    this.response.flushHeaders();
  }

  /**
   * Sends bytes; dropped when the client has gone.
   * @param piece bytes of the body
   * @returns false when the client does not keep up and {@link onceDrained} should be waited for
   */
  write(piece: Buffer): boolean {
    this.recording?.add(piece);
    return this.isGone || this.response.write(piece);
  }

  /** Sends bytes that are not of the response, unless the client has gone or does not keep up. */
  writeBeside(piece: Buffer): void {
    if (!this.isGone && !this.response.writableNeedDrain) this.response.write(piece);
  }

  /**
   * Calls back when the client has read what was written.
   * @param listener called once, and never when the client disconnects instead
   */
  onceDrained(listener: () => void): void {
    this.response.once('drain', listener);
  }

  /**
   * Sends the last bytes and ends the answer.
   * @param pieces last bytes of the body
   */
  end(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.write(piece);
    this.recording?.end();
    if (!this.isGone) this.response.end();
  }

  /**
   * Ends a stream of events that has begun with an error event.
   * @returns false for any other response, and within an event, which would become unreadable
   */
  endWith(error: GatehouseError): boolean {
    if (!this.isOpen || this.events?.isBetween !== true) return false;
    this.end([this.events.errorEvent(error)]);
    return true;
  }

  /**
   * Sends a whole answer.
   * @param headers names with values; the length is added
   * @param body its bytes, given back when they were sent
   */
  send(
    status: number,
    headers: readonly (readonly [name: string, value: string])[],
    body: Buffer,
  ): void {
    this.recording?.begin(status, headers);
    this.recording?.add(body);
    this.recording?.end();
    if (this.isGone) return;
    this.response.statusCode = status;
    for (const [name, value] of headers) this.setHeader(name, value);
    if (status !== 204 && status !== 205) this.response.setHeader('content-length', body.length);
    this.response.end(body);
    if (body.length <= MAX_LEFT_BYTES) return;
    this.response.once('finish', () => {
      giveBack(body);
    });
  }

  private watched(): Set<() => void> {
    this.response.once('close', () => {
      if (!this.response.writableEnded) this.leave();
    });
    return new Set();
  }

  private leave(): void {
    const listeners = [...(this.departures ?? [])];
    this.departures?.clear();
    for (const listener of listeners) listener();
  }
}
