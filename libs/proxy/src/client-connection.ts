import type { ServerResponse } from 'node:http';

/** The client's side of a relayed call: its answer, and whether anybody still waits for it. */
export class ClientConnection {
  /** @param response the answer, nothing of it sent yet */
  constructor(private readonly response: ServerResponse) {}

  /** True when the client has closed its connection before the answer was complete. */
  get isGone(): boolean {
    return this.response.destroyed && !this.response.writableFinished;
  }

  /** True when status and headers were sent. */
  get isOpen(): boolean {
    return this.response.headersSent;
  }

  /**
   * Calls back when the client leaves before its answer has ended.
   * @param listener called at most once
   * @returns what ends the watch
   */
  onGone(listener: () => void): () => void {
    const onClose = (): void => {
      if (!this.response.writableEnded) listener();
    };
    this.response.once('close', onClose);
    return () => {
      this.response.off('close', onClose);
    };
  }

  /**
   * Names a header of the answer, whoever answers in the end.
   * @param name header name
   * @param value header value
   */
  setHeader(name: string, value: string): void {
    if (!this.response.headersSent) this.response.setHeader(name, value);
  }

  /**
   * Sends status and headers at once. Does nothing for a client that has gone.
   * @param status HTTP status
   * @param headers names with values
   */
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
   * @param status HTTP status
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
