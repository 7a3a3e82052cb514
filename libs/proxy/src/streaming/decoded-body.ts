import type { Transform } from 'node:stream';
import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';

/**
 * The decoded body of a compressed response. It keeps the pace of its reader: while the reader pauses, the
 * decoder fills up, and then the upstream is not read either.
 */
export class DecodedBody implements BodySource, BodySink {
  private sink: BodySink | null = null;
  private decoder: Transform | null = null;
  private failure: UpstreamFailure | null = null;
  private isFinished = false;

  /** @param makeDecoder makes the decoder when the first chunk has come; `null` for a coding that is not known */
  constructor(
    private readonly source: BodySource,
    private readonly makeDecoder: ((first: Buffer) => Transform) | null,
  ) {}

  /**
   * Names the receiver of the decoded body, and lets it flow.
   * @param sink gets every byte in order
   */
  receive(sink: BodySink): void {
    this.sink = sink;
    if (this.makeDecoder !== null) {
      this.source.receive(this);
      return;
    }
    this.source.abort('invalid');
    this.finish({ kind: 'invalid', wasSent: true, cause: new Error('unknown content coding') });
  }

  /** Stops the flow. */
  pause(): void {
    this.decoder?.pause();
  }

  /** Lets the body flow again. */
  resume(): void {
    this.decoder?.resume();
  }

  /**
   * Ends the call.
   * @param kind what is reported as the reason
   */
  abort(kind: UpstreamFailureKind): void {
    this.source.abort(kind);
  }

  /**
   * Takes compressed bytes.
   * @param chunk as the upstream sent it
   */
  onData(chunk: Buffer): void {
    if (this.isFinished || this.makeDecoder === null) return;
    this.decoder ??= this.open(this.makeDecoder(chunk));
    if (!this.decoder.write(chunk)) this.source.pause();
  }

  /** The compressed body is complete; data that ends within a block is reported as a failure. */
  onEnd(): void {
    if (this.decoder === null) this.finish(null);
    else this.decoder.end();
  }

  /** The compressed body broke off. What was decoded until then is delivered first. */
  onFailure(failure: UpstreamFailure): void {
    this.failure = failure;
    if (this.decoder === null) {
      this.finish(failure);
      return;
    }
    // The end must not wait for a reader that may never read on.
    this.decoder.resume();
    this.decoder.end();
  }

  private open(decoder: Transform): Transform {
    return decoder
      .on('data', (chunk: Buffer) => this.sink?.onData(chunk))
      .on('drain', () => {
        this.source.resume();
      })
      .on('end', () => {
        this.finish(this.failure);
      })
      .on('error', (cause) => {
        this.finish(this.failure ?? { kind: 'invalid', wasSent: true, cause });
        this.source.abort('invalid');
      });
  }

  private finish(failure: UpstreamFailure | null): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.decoder?.destroy();
    if (failure === null) this.sink?.onEnd();
    else this.sink?.onFailure(failure);
  }
}
