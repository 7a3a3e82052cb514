import type { ClientConnection } from './client-connection.js';
import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';

/** What looks at a stream while it is copied through. */
export interface StreamTap {
  /** True when nothing of the response is missing, however the connection ends. */
  readonly isDone: boolean;
  /** Takes the next bytes, and returns what is to be sent now, in order. */
  push(piece: Buffer): Buffer[];
  /** Ends the stream, and returns what was kept back. */
  finish(): Buffer[];
}

/**
 * Time that an upstream may keep its connection open after `data: [DONE]` before the response
 * counts as ended.
 */
const END_GRACE_MS = 1_000;

/**
 * Moves a stream from an upstream to a client, in the client's pace: while the client does not read, the
 * upstream is not read either. A client that has gone gets nothing more; the reading goes on.
 */
export class StreamPump implements BodySink {
  /** Resolves when the upstream's answer has ended: `null` for a whole answer. Never rejects. */
  readonly ended: Promise<UpstreamFailure | null>;
  private reportEnd: (failure: UpstreamFailure | null) => void = () => undefined;
  private readonly stopWatching: () => void;
  private hasBegun = false;
  private endTimer: NodeJS.Timeout | null = null;

  /**
   * @param source where bytes come from
   * @param openResponse sends status and headers; called at the first byte, so that an upstream that fails
   * before it still gets a proper error status
   */
  constructor(
    private readonly source: BodySource,
    private readonly client: ClientConnection,
    private readonly tap: StreamTap,
    private readonly openResponse: () => void,
  ) {
    this.ended = new Promise((resolve) => {
      this.reportEnd = resolve;
    });
    // It may be paused for the client's sake.
    this.stopWatching = client.onGone(() => {
      source.resume();
    });
    source.receive(this);
  }

  /**
   * Passes on what may be passed on.
   * @param chunk as the upstream sent it
   */
  onData(chunk: Buffer): void {
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.openResponse();
    }
    let isKeepingUp = true;
    for (const piece of this.tap.push(chunk)) isKeepingUp = this.client.write(piece);
    if (!isKeepingUp) {
      this.source.pause();
      this.client.onceDrained(() => {
        this.source.resume();
      });
    }
    if (this.tap.isDone) this.endTimer ??= setTimeout(this.giveUpWaiting, END_GRACE_MS);
  }

  /** The upstream's answer is complete. */
  onEnd(): void {
    this.finish(null);
  }

  /** The upstream's answer broke off. */
  onFailure(failure: UpstreamFailure): void {
    this.finish(failure);
  }

  private readonly giveUpWaiting = (): void => {
    this.source.abort('aborted');
  };

  private finish(failure: UpstreamFailure | null): void {
    this.stopWatching();
    if (this.endTimer !== null) clearTimeout(this.endTimer);
    // After `data: [DONE]` nothing is missing, however the connection ended.
    this.reportEnd(this.tap.isDone ? null : failure);
  }
}
