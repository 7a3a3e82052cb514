import type { ServerResponse } from 'node:http';

/** The client's side of a relayed call: its answer, and whether anybody still waits for it. */
export class ClientConnection {
  private isDismissed = false;
  private readonly departures = new Set<() => void>();

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

  /**
   * Calls back when the client leaves, or is dismissed, before its answer has ended.
   * @param listener called at most once
   * @returns what ends the watch
   */
  onGone(listener: () => void): () => void {
    const stop = (): void => {
      this.response.off('close', onClose);
      this.departures.delete(leave);
    };
    const leave = (): void => {
      stop();
      listener();
    };
    const onClose = (): void => {
      if (!this.response.writableEnded) leave();
    };
    this.response.once('close', onClose);
    this.departures.add(leave);
    return stop;
  }

  /**
   * Sends a client away before its answer is complete. From now on it counts as gone: whatever the upstream still says
   * is not for it. An answer that has not begun is left to be written by somebody else. Does nothing when the answer has
   * ended or the client has left.
   * @param pieces last bytes of an answer that has begun
   */
  dismiss(pieces: readonly Buffer[]): void {
    if (this.isGone || this.response.writableEnded) return;
    if (this.isOpen) this.end(pieces);
    this.isDismissed = true;
    for (const leave of [...this.departures]) leave();
  }

  /** Names a header of the answer, whoever answers in the end. */
  setHeader(name: string, value: string): void {
    if (!this.response.headersSent) this.response.setHeader(name, value);
  }

  /** Sends status and headers at once. Does nothing for a client that has gone. */
  open(status: number, headers: readonly (readonly [name: string, value: string])[]): void {
    if (this.isGone || this.isOpen) return;
    this.response.statusCode = status;
    for (const [name, value] of headers) this.response.setHeader(name, value);
    this.response.flushHeaders();
  }

  /**
   * Sends bytes; dropped when the client has gone.
   * @param piece bytes of the body
   * @returns false when the client does not keep up and {@link onceDrained} should be waited for
   */
  write(piece: Buffer): boolean {
    return this.isGone || this.response.write(piece);
  }

  /**
   * Calls back when the client has read what was written.
   * @param listener called once, and never when the client leaves instead
   */
  onceDrained(listener: () => void): void {
    this.response.once('drain', listener);
  }

  /**
   * Sends the last bytes and ends the answer.
   * @param pieces last bytes of the body
   */
  end(pieces: readonly Buffer[]): void {
    if (this.isGone) return;
    for (const piece of pieces) this.response.write(piece);
    this.response.end();
  }

  /**
   * Sends a whole answer.
   * @param headers names with values; the length is added
   * @param body its bytes
   */
  send(
    status: number,
    headers: readonly (readonly [name: string, value: string])[],
    body: Buffer,
  ): void {
    if (this.isGone) return;
    this.response.statusCode = status;
    for (const [name, value] of headers) this.response.setHeader(name, value);
    if (status !== 204 && status !== 205) this.response.setHeader('content-length', body.length);
    this.response.end(body);
  }
}
