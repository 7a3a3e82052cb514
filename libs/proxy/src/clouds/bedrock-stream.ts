import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';
import { anthropicEvent, endsStream } from './bedrock-events.js';
import { EventFrames, type EventFrame } from './event-frames.js';

/** Takes the binary stream of a model of Anthropic at Bedrock, and hands on Anthropic's events. */
export class BedrockStream implements BodySink {
  private readonly frames = new EventFrames();
  private hasEnded = false;
  private hasFailed = false;

  /** @param requestId for the event of an exception */
  constructor(
    private readonly sink: BodySink,
    private readonly source: Pick<BodySource, 'abort'>,
    private readonly requestId: string,
  ) {}

  onData(chunk: Buffer): void {
    if (this.hasEnded || this.hasFailed) return;
    let events = '';
    try {
      for (const frame of this.frames.push(chunk)) events += this.eventOf(frame);
    } catch (error) {
      this.handOn(events);
      this.fail('invalid', error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.handOn(events);
  }

  onEnd(): void {
    if (this.hasFailed) return;
    if (!this.hasEnded && this.frames.isWithin)
      this.fail('cut', new Error('the stream ends within a message'));
    else this.sink.onEnd();
  }

  /** Behind an exception nothing is missing. */
  onFailure(failure: UpstreamFailure): void {
    if (this.hasFailed) return;
    if (this.hasEnded && failure.kind === 'cut') this.sink.onEnd();
    else this.sink.onFailure(failure);
  }

  /** Nothing comes behind an exception. */
  private eventOf(frame: EventFrame): string {
    if (this.hasEnded) return '';
    this.hasEnded = endsStream(frame);
    return anthropicEvent(frame, this.requestId);
  }

  private handOn(events: string): void {
    if (events !== '') this.sink.onData(Buffer.from(events));
  }

  private fail(kind: UpstreamFailureKind, cause: Error): void {
    this.hasFailed = true;
    this.sink.onFailure({ kind, wasSent: true, cause });
    this.source.abort(kind);
  }
}
