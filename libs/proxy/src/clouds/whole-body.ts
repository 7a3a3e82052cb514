import type { BodySink } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';

/** A longer one stays as it is. */
const MAX_BYTES = 1_048_576;

/** Collects a body, and hands it on changed. */
export class WholeBody implements BodySink {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(
    private readonly sink: BodySink,
    private readonly change: (body: Buffer) => Buffer,
  ) {}

  onData(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.length <= MAX_BYTES) {
      this.chunks.push(chunk);
      return;
    }
    this.handOver();
    this.sink.onData(chunk);
  }

  onEnd(): void {
    if (this.length > MAX_BYTES) this.handOver();
    else this.sink.onData(this.change(Buffer.concat(this.chunks)));
    this.sink.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    this.handOver();
    this.sink.onFailure(failure);
  }

  private handOver(): void {
    for (const chunk of this.chunks.splice(0)) this.sink.onData(chunk);
  }
}
