import { Duplex } from 'node:stream';
import type { EmbeddedEngine } from './embedded-engine.js';
import type { EmbeddedSession } from './embedded-session.js';
import { WireGroupSplitter } from './wire-groups.js';

/**
 * What `pg` takes for the socket of a connection to the embedded database. Everything above the
 * wire protocol, types and transactions included, is then the same as with a server.
 */
export class EmbeddedStream extends Duplex {
  private readonly splitter = new WireGroupSplitter();
  private readonly endUse: () => void;
  private readonly endWatch: () => void;

  /** @param session where this connection takes its turn */
  constructor(
    private readonly engine: EmbeddedEngine,
    private readonly session: EmbeddedSession,
  ) {
    super();
    this.endUse = engine.use();
    this.endWatch = engine.onLost((error) => this.destroy(error));
  }

  /** Opens the database if need be, then emits `connect` as a socket does. */
  connect(): this {
    this.engine.start().then(
      () => this.emit('connect'),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    return this;
  }

  /** A socket's option without meaning here. */
  setNoDelay(): this {
    return this;
  }

  /** A socket's option without meaning here. */
  setKeepAlive(): this {
    return this;
  }

  /** The engine itself counts who uses it. */
  ref(): this {
    return this;
  }

  /** The engine itself counts who uses it. */
  unref(): this {
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { groups, isTerminated } = this.splitter.push(chunk);
    for (const group of groups) this.submit(group);
    if (isTerminated) this.destroy();
    done();
  }

  override _read(): void {
    // Answers are pushed as they come; one is small compared with what produced it.
  }

  override _final(done: () => void): void {
    done();
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.endWatch();
    this.endUse();
    this.session.leave(this);
    done(error);
  }

  private submit(group: Uint8Array<ArrayBuffer>): void {
    this.session.submit(this, group).then(
      (response) => {
        if (!this.destroyed)
          this.push(Buffer.from(response.buffer, response.byteOffset, response.length));
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }
}
