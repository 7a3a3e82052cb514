import type { WebSocket } from 'ws';
import { GatehouseError, isGatehouseError } from '#libs/common';
import type { EnteredCall } from '../planning/relay-call.js';
import { errorFrame } from './error-frame.js';
import { closeSocket, FrameQueue, relayedCode, sendFrame, type Frame } from './frames.js';
import { readEvent, type RealtimeEvent } from './realtime-event.js';
import type { SessionCosts } from './session-costs.js';
import { endingBy, STOPPING, type SessionEnding } from './session-ending.js';
import { refusalOfSession } from './session-refusals.js';
import type { SessionWatch } from './session-watch.js';

/** The two sides of a session, and what it is booked by. */
export interface SessionParts {
  readonly call: EnteredCall;
  readonly client: WebSocket;
  /** Paused. */
  readonly upstream: WebSocket;
  readonly costs: SessionCosts;
  readonly watch: SessionWatch;
}

const NORMAL = 1_000;
const GOING_AWAY = 1_001;
const INTERNAL_ERROR = 1_011;
const BROKEN = 1_006;
const NOT_JSON = 'A message must be one JSON object with each member once.';

/**
 * Relays the messages of a session in both directions, unchanged and in order. What would begin a response that is not covered does
 * not go upstream; the end of a response reaches the client when it is booked.
 */
export class RealtimeSession {
  /** The client is not served any more. */
  private isLeaving = false;
  /** Ends the session as soon as no response runs; `null` for nothing. */
  private ending: SessionEnding | null = null;

  /** @param parts both connections are open */
  constructor(private readonly parts: SessionParts) {}

  /** Relays until both sides have closed and everything is booked. Returns true when the upstream broke off. */
  run(): Promise<boolean> {
    const { client, upstream, watch, costs } = this.parts;
    const fromClient = new FrameQueue(client, (frame) =>
      this.guarded(frame, (event) => this.takeFromClient(frame, event)),
    );
    const fromUpstream = new FrameQueue(upstream, (frame) =>
      this.guarded(frame, (event) => this.takeFromUpstream(frame, event)),
    );
    client.on('error', ignore);
    client.on('close', (code) => {
      fromClient.afterAll(() => {
        this.isLeaving = true;
        this.leaveUpstream(relayedCode(code, GOING_AWAY));
      });
    });
    const ended = new Promise<boolean>((resolve) => {
      upstream.on('close', (code, reason) => {
        fromUpstream.afterAll(() => {
          const wasLeaving = this.isLeaving;
          this.isLeaving = true;
          void costs
            .end(wasLeaving)
            .catch(ignore)
            .then(() => {
              watch.stop();
              closeSocket(client, relayedCode(code, INTERNAL_ERROR), reason.toString());
              whenClosed(client, () => {
                resolve(code === BROKEN && !wasLeaving);
              });
            });
        });
      });
    });
    upstream.resume();
    return ended;
  }

  /** Ends the session now. The client receives the reason; the upstream is left as after a client abort. */
  end({ error, code, reason }: SessionEnding): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    const { client, call } = this.parts;
    if (error !== null) {
      call.state.log['reason'] = error.code;
      void sendFrame(client, errorFrame(error, null));
    }
    closeSocket(client, code, reason);
    this.leaveUpstream(NORMAL);
  }

  /** Ends the session when no response runs any more. */
  endSoon(ending: SessionEnding): void {
    this.ending ??= ending;
    this.endWhenIdle();
  }

  /** Ends the session, and does not wait for what runs upstream. */
  abort(): void {
    this.end(STOPPING);
    this.parts.upstream.terminate();
  }

  private async guardedEvent(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const cause = isGatehouseError(error) ? error : new GatehouseError('internal_error');
      this.end(endingBy(cause));
    }
  }

  /** A failure of the gateway ends the session. Sound and pieces of output pass without a wait. */
  private guarded(
    { data }: Frame,
    work: (event: RealtimeEvent | null) => void | Promise<void>,
  ): void | Promise<void> {
    this.parts.watch.noteFrame();
    try {
      const waiting = work(readEvent(data));
      return waiting instanceof Promise ? this.guardedEvent(() => waiting) : undefined;
    } catch (error) {
      return this.guardedEvent(() => {
        throw error;
      });
    }
  }

  private takeFromClient(frame: Frame, event: RealtimeEvent | null): void | Promise<void> {
    if (this.isLeaving) return;
    if (event === null)
      return this.refuse(new GatehouseError('request_invalid', { message: NOT_JSON }), null);
    const { upstream, costs } = this.parts;
    switch (event.type) {
      case 'response.create':
        return this.ask(frame, event);
      case 'session.update':
      case 'transcription_session.update':
        return this.update(frame, event);
      case 'input_audio_buffer.append':
      case 'input_audio_buffer.commit':
        return this.speak(frame, event.bytesOf('audio'));
      default:
        costs.add(event.bytesOf('item'));
        return sendFrame(upstream, frame);
    }
  }

  private async ask(frame: Frame, event: RealtimeEvent): Promise<void> {
    const { costs, upstream } = this.parts;
    try {
      await costs.ask(event);
    } catch (error) {
      if (!isGatehouseError(error) || !error.isByLimit) throw error;
      await this.refuse(error, event.eventId);
      return;
    }
    await sendFrame(upstream, frame);
  }

  private update(frame: Frame, event: RealtimeEvent): void | Promise<void> {
    const { call, upstream, costs } = this.parts;
    const session = event.object('session');
    const refusal = refusalOfSession(session, call);
    if (refusal !== null) return this.refuse(refusal, event.eventId);
    costs.update(session, event.bytesOf('session'));
    return sendFrame(upstream, frame);
  }

  /** Sound, after which the upstream may begin a response by itself. */
  private speak(frame: Frame, bytes: number): void | Promise<void> {
    const { costs, upstream } = this.parts;
    if (this.ending !== null) return;
    const waiting = costs.speak(bytes);
    if (waiting === undefined) return sendFrame(upstream, frame);
    return waiting.then(
      () => sendFrame(upstream, frame),
      (error: unknown) => {
        if (!isGatehouseError(error) || !error.isByLimit) throw error;
        this.endSoon(endingBy(error));
      },
    );
  }

  private async takeFromUpstream(frame: Frame, event: RealtimeEvent | null): Promise<void> {
    const refusal = event === null ? null : await this.parts.costs.note(event);
    if (!this.isLeaving) await sendFrame(this.parts.client, frame);
    if (refusal !== null) this.end(endingBy(refusal));
    this.endWhenIdle();
  }

  private refuse(error: GatehouseError, eventId: string | null): void | Promise<void> {
    return sendFrame(this.parts.client, errorFrame(error, eventId));
  }

  private endWhenIdle(): void {
    const { costs, upstream } = this.parts;
    if (this.isLeaving && costs.isDone) closeSocket(upstream, NORMAL);
    else if (this.ending !== null && costs.isIdle) this.end(this.ending);
  }

  /** `gatehouse.spend.client_abort` decides whether what runs is waited for, so that their own usage is booked. */
  private leaveUpstream(code: number | null): void {
    const { costs, upstream, call, watch } = this.parts;
    const { clientAbort, drainLimitSeconds } = call.settings.spend;
    if (costs.isDone || clientAbort === 'cancel') {
      closeSocket(upstream, code);
      return;
    }
    watch.after(drainLimitSeconds * 1_000, () => {
      closeSocket(upstream, NORMAL);
    });
  }
}

function whenClosed(socket: WebSocket, listener: () => void): void {
  if (socket.readyState === socket.CLOSED) listener();
  else socket.once('close', listener);
}

function ignore(): void {
  // A connection that breaks is closed, which ends the session.
}
