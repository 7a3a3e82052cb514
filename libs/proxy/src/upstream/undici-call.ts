import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { failureOf } from './undici-failure.js';
import type { BodySink, CallLimits, HeadResult, UpstreamCall } from './upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from './upstream-failure.js';

/** Longest delay that a timer of Node can hold; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;
/** What may wait for its receiver, who is named as soon as the head has been looked at. About one read of a socket. */
const MAX_HELD_BYTES = 65_536;

/**
 * One call to an upstream and its answer, as undici's controller-style handler.
 *
 * What comes with the head waits until {@link receive} names who takes the body. The limits run on Node's
 * timers, which follow the monotonic clock. undici starts a request (`onRequestStart`) directly before it
 * writes the first byte, so that a failure before that is known not to have reached the upstream.
 */
export class UndiciCall implements Dispatcher.DispatchHandler, UpstreamCall {
  /** Resolves with the head of the answer or with why there is none; never rejects. */
  readonly responded: Promise<HeadResult>;
  private controller: Dispatcher.DispatchController | null = null;
  private reportHead: (result: HeadResult) => void = () => undefined;
  private sink: BodySink | null = null;
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  private hasAnswered = false;
  private ending: UpstreamFailure | 'end' | null = null;
  private readonly totalTimer: NodeJS.Timeout;
  /** Runs until the first byte, then between bytes; `null` while no byte is asked for or the whole limit is the sooner. */
  private waitTimer: NodeJS.Timeout | null;
  private hasFirstByte = false;
  /** When a byte came or was first asked for; read when {@link waitTimer} fires, so that bytes move no timer. */
  private lastByteAt = 0;
  private isPaused = false;

  /** @param limits of this call, counted from now */
  constructor(private readonly limits: CallLimits) {
    this.responded = new Promise((resolve) => {
      this.reportHead = resolve;
    });
    this.totalTimer = this.limitTimer(limits.totalMs);
    const { firstByteMs, totalMs } = limits;
    this.waitTimer = firstByteMs < totalMs ? this.limitTimer(firstByteMs) : null;
  }

  /** True as soon as bytes of the request may have reached the upstream. */
  get wasSent(): boolean {
    return this.controller !== null;
  }

  /**
   * Names who takes the body, and lets it flow.
   * @param sink gets every byte in order
   */
  receive(sink: BodySink): void {
    this.sink = sink;
    const { isPaused } = this;
    this.isPaused = false;
    const ending = this.handOver(sink);
    if (ending === null) this.resumeUnlessPaused(isPaused);
    else if (ending === 'end') sink.onEnd();
    else sink.onFailure(ending);
  }

  /**
   * Hands over what was held. A receiver that throws ends the call, as it does with undici for every later chunk.
   * @returns how the call had ended before, `null` where it had not
   */
  private handOver(sink: BodySink): UpstreamFailure | 'end' | null {
    const { ending } = this;
    try {
      for (const chunk of this.held.splice(0)) if (this.ending === ending) sink.onData(chunk);
      return ending;
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      if (ending !== null) return { kind: 'cut', wasSent: this.wasSent, cause };
      this.onResponseError(null, cause);
      this.controller?.abort(cause);
      return null;
    }
  }

  /** The receiver may have asked for a pause while it took what was held. */
  private resumeUnlessPaused(wasPaused: boolean): void {
    if (this.isPaused) return;
    this.isPaused = wasPaused;
    this.resume();
  }

  /** Stops reading from the upstream, so that its own sending stalls. */
  pause(): void {
    this.isPaused = true;
    if (this.hasFirstByte) this.stopWaiting();
    this.controller?.pause();
  }

  /** Reads on. */
  resume(): void {
    // Without a receiver of the body, its bytes would be lost.
    if (this.ending !== null || this.sink === null) return;
    if (this.hasFirstByte) this.awaitNextByte();
    if (!this.isPaused) return;
    this.isPaused = false;
    this.controller?.resume();
  }

  /**
   * Ends the call and its connection. Does nothing once the call has ended.
   * @param kind what is reported as the reason
   */
  abort(kind: UpstreamFailureKind): void {
    if (this.ending !== null) return;
    const cause = new Error(kind === 'timeout' ? 'time limit of the deployment' : 'call given up');
    this.fail({ kind, wasSent: this.wasSent, cause });
    this.controller?.abort(cause);
  }

  /** Called by undici directly before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.ending === null) this.controller = controller;
    else controller.abort(new Error('call given up before it was sent'));
  }

  /** Called by undici for every head, interim answers (1xx) included, which are dropped. */
  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200 || this.ending !== null) return;
    this.hasAnswered = true;
    this.reportHead({ head: { status, headers }, failure: null });
  }

  /** Called by undici for every piece of the body. */
  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ending !== null) return;
    this.noteByte();
    if (this.sink === null) this.hold(chunk);
    else this.sink.onData(chunk);
  }

  /** Called by undici when the answer is complete. Trailers are dropped. */
  onResponseEnd(): void {
    if (this.ending !== null) return;
    this.ending = 'end';
    this.clearTimers();
    this.sink?.onEnd();
  }

  /** Called by undici when the call failed at any point. */
  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.fail(failureOf(error, { wasSent: this.wasSent, hasAnswered: this.hasAnswered }));
  }

  private fail(failure: UpstreamFailure): void {
    if (this.ending !== null) return;
    this.ending = failure;
    this.clearTimers();
    if (!this.hasAnswered) this.reportHead({ head: null, failure });
    else this.sink?.onFailure(failure);
  }

  private hold(chunk: Buffer): void {
    this.held.push(chunk);
    this.heldBytes += chunk.length;
    if (this.heldBytes > MAX_HELD_BYTES) this.pause();
  }

  private noteByte(): void {
    if (this.hasFirstByte) {
      this.lastByteAt = performance.now();
      return;
    }
    this.hasFirstByte = true;
    this.stopWaiting();
    if (!this.isPaused && this.sink !== null) this.awaitNextByte();
  }

  /** A reader that is slow makes the upstream wait: that silence is not the upstream's. */
  private awaitNextByte(): void {
    const { silenceMs } = this.limits;
    if (silenceMs === null) return;
    this.lastByteAt = performance.now();
    this.waitTimer ??= setTimeout(this.endSilence, Math.min(silenceMs, MAX_TIMER_MS), silenceMs);
  }

  private readonly endSilence = (silenceMs: number): void => {
    const leftMs = this.lastByteAt + silenceMs - performance.now();
    if (leftMs > 0) {
      const delayMs = Math.min(Math.ceil(leftMs), MAX_TIMER_MS);
      this.waitTimer = setTimeout(this.endSilence, delayMs, silenceMs);
    } else this.abort('timeout');
  };

  private limitTimer(milliseconds: number): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.abort('timeout');
      },
      Math.min(milliseconds, MAX_TIMER_MS),
    );
  }

  private stopWaiting(): void {
    if (this.waitTimer !== null) clearTimeout(this.waitTimer);
    this.waitTimer = null;
  }

  private clearTimers(): void {
    clearTimeout(this.totalTimer);
    this.stopWaiting();
  }
}
