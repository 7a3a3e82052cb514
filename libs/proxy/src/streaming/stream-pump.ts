import type { ClientConnection } from './client-connection.js';
import { KeepAlive } from './keep-alive.js';
import type { StreamEvents } from './stream-events.js';
import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';

/** What looks at a stream while it is copied through. */
export interface StreamTap {
  /** True when nothing of the response is missing, however the connection ends. */
  readonly isDone: boolean;
  /** False when what was returned last ends within an event. */
  readonly isBetween: boolean;
  /** Takes the next bytes, and returns what is to be sent now, in order. */
  push(piece: Buffer): Buffer[];
  /** Ends the stream, and returns what was kept back. */
  finish(): Buffer[];
}

/** What bytes may have to wait for. */
interface StreamGate {
  /** What must resolve before the bytes go on that the tap has taken; `null` for nothing. Never rejects. */
  readonly pending: Promise<void> | null;
}

/** When a stream gets a sign of life. */
export interface KeepAliveTerms {
  /** Silence before it, milliseconds. */
  readonly milliseconds: number;
  /** Sends status and headers where the upstream has not sent its first byte. */
  readonly open: () => void;
}

/** The ends of a {@link StreamPump}, and what is between them. */
interface PumpedStream {
  /** Where bytes come from. */
  readonly source: BodySource;
  readonly client: ClientConnection;
  readonly tap: StreamTap;
  /** Left out where nothing has to wait. */
  readonly gate?: StreamGate;
  /** What can be written between two events; `null` where nothing can. */
  readonly events: StreamEvents | null;
  /** Shows that the stream is alive while the upstream is silent; left out where nothing does. */
  readonly keepAlive?: KeepAliveTerms | null;
}

/** Bytes that may go on. */
interface TakenBytes {
  readonly pieces: readonly Buffer[];
  /** They end between two events. */
  readonly isBetween: boolean;
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
  private readonly source: BodySource;
  private readonly client: ClientConnection;
  private readonly tap: StreamTap;
  private readonly gate: StreamGate | null;
  private readonly events: StreamEvents | null;
  /** What is kept back for the gate goes on when it has resolved. */
  private held: Promise<void> | null = null;
  private reportEnd: (failure: UpstreamFailure | null) => void = () => undefined;
  private readonly stopWatching: () => void;
  private hasBegun = false;
  private readonly keepAlive: KeepAlive | null;
  private endTimer: NodeJS.Timeout | null = null;

  /**
   * @param openResponse sends status and headers; called at the first byte, so that an upstream that fails
   * before it still gets a proper error status
   */
  constructor(
    { source, client, tap, gate, events, keepAlive = null }: PumpedStream,
    private readonly openResponse: () => void,
  ) {
    this.source = source;
    this.client = client;
    this.tap = tap;
    this.gate = gate ?? null;
    this.events = events;
    this.ended = new Promise((resolve) => {
      this.reportEnd = resolve;
    });
    this.keepAlive = keepAlive === null ? null : this.keptAlive(keepAlive);
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
    const pieces = this.tap.push(chunk);
    const taken = { pieces, isBetween: this.tap.isBetween };
    const pending = this.gate?.pending ?? null;
    if (pending === null && this.held === null) this.write(taken);
    else this.hold(taken, pending);
    if (this.tap.isDone) this.endTimer ??= setTimeout(this.giveUpWaiting, END_GRACE_MS);
  }

  /** Writes only between two events, and not before what waits for the gate. */
  private keptAlive({ milliseconds, open }: KeepAliveTerms): KeepAlive {
    return new KeepAlive(milliseconds, () => {
      if (this.events?.isBetween !== true || this.held !== null || this.tap.isDone) return;
      open();
      this.client.writeBeside(this.events.ping);
    });
  }

  /** Returns whether the client keeps up. Where it does not, the source is resumed when it has. */
  private write({ pieces, isBetween }: TakenBytes): boolean {
    if (this.events !== null) this.events.isBetween = isBetween;
    let isKeepingUp = true;
    if (pieces.length > 0) this.keepAlive?.noteBytes();
    for (const piece of pieces) isKeepingUp = this.client.write(piece);
    if (isKeepingUp) return true;
    this.source.pause();
    this.client.onceDrained(() => {
      this.source.resume();
    });
    return false;
  }

  private hold(taken: TakenBytes, pending: Promise<void> | null): void {
    this.source.pause();
    const turn = Promise.all([this.held, pending]).then(() => {
      if (this.held === turn) this.held = null;
      if (this.write(taken)) this.source.resume();
    });
    this.held = turn;
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
    if (this.held === null) {
      this.end(failure);
      return;
    }
    void this.held.then(() => {
      this.end(failure);
    });
  }

  private end(failure: UpstreamFailure | null): void {
    this.stopWatching();
    this.keepAlive?.stop();
    if (this.endTimer !== null) clearTimeout(this.endTimer);
    // After `data: [DONE]` nothing is missing, however the connection ended.
    this.reportEnd(this.tap.isDone ? null : failure);
  }
}
