import type { WebSocket } from 'ws';
import { GatehouseError, isGatehouseError, isJsonObject } from '#libs/common';
import type { EnteredCall } from '../relay/relay-call.js';
import type { CoveredResponses } from './covered-responses.js';
import { errorFrame } from './error-frame.js';
import { closeSocket, FrameQueue, relayedCode, sendFrame, type Frame } from './frames.js';
import { readEvent, textIn, type Members, type RealtimeEvent } from './realtime-event.js';
import { endingBy, STOPPING, type SessionEnding } from './session-ending.js';
import { refusalOfSession } from './session-refusals.js';
import {
  outputBoundIn,
  settingsIn,
  transcriptionModelIn,
  UNKNOWN_SETTINGS,
  type SessionSettings,
} from './session-settings.js';
import type { SessionWatch } from './session-watch.js';

/** The two sides of a session, and what it is booked by. */
export interface SessionParts {
  readonly call: EnteredCall;
  readonly client: WebSocket;
  /** Paused. */
  readonly upstream: WebSocket;
  readonly responses: CoveredResponses;
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
  private settings: SessionSettings = UNKNOWN_SETTINGS;
  /** The client is not served any more. */
  private isLeaving = false;
  /** Ends the session as soon as no response runs; `null` for nothing. */
  private ending: SessionEnding | null = null;

  /** @param parts both connections are open */
  constructor(private readonly parts: SessionParts) {}

  /** Relays until both sides have closed and everything is booked. Returns true when the upstream broke off. */
  run(): Promise<boolean> {
    const { client, upstream, watch, responses } = this.parts;
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
          void responses
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
    const { upstream, responses } = this.parts;
    switch (event.type) {
      case 'response.create':
        return this.ask(frame, event);
      case 'session.update':
      case 'transcription_session.update':
        return this.update(frame, event);
      case 'input_audio_buffer.append':
      case 'input_audio_buffer.commit':
        responses.meter.add('sound', event.bytesOf('audio'));
        return this.speak(frame);
      default:
        responses.meter.add('text', event.bytesOf('item'));
        return sendFrame(upstream, frame);
    }
  }

  private async ask(frame: Frame, event: RealtimeEvent): Promise<void> {
    const { responses, upstream } = this.parts;
    const asked = event.object('response');
    responses.meter.add('text', event.bytesOf('response'));
    const bound = outputBoundIn(asked) ?? this.settings.maxOutputTokens;
    try {
      await responses.ask(event.eventId, bound);
    } catch (error) {
      if (!isGatehouseError(error) || !error.isByLimit) throw error;
      await this.refuse(error, event.eventId);
      return;
    }
    await sendFrame(upstream, frame);
  }

  private update(frame: Frame, event: RealtimeEvent): void | Promise<void> {
    const { call, upstream, responses } = this.parts;
    const session = event.object('session');
    const refusal = refusalOfSession(session, call);
    if (refusal !== null) return this.refuse(refusal, event.eventId);
    responses.meter.add('text', event.bytesOf('session'));
    const { isAutomatic } = settingsIn(session);
    this.settings = {
      ...this.settings,
      // Until the upstream says that it is off.
      isAutomatic: this.settings.isAutomatic || isAutomatic,
      transcriptionModel: transcriptionModelIn(session) ?? this.settings.transcriptionModel,
    };
    return sendFrame(upstream, frame);
  }

  /** Sound, after which the upstream may begin a response by itself. */
  private speak(frame: Frame): void | Promise<void> {
    const { responses, upstream } = this.parts;
    if (this.ending !== null) return;
    const waiting = this.settings.isAutomatic
      ? responses.expect(this.settings.maxOutputTokens)
      : undefined;
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
    const refusal = event === null ? null : await this.note(event);
    if (!this.isLeaving) await sendFrame(this.parts.client, frame);
    if (refusal !== null) this.end(endingBy(refusal));
    this.endWhenIdle();
  }

  /** Notes an event of the upstream; returns the refusal of a response that is not covered. */
  private async note(event: RealtimeEvent): Promise<GatehouseError | null> {
    const { responses } = this.parts;
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.settings = settingsIn(event.object('session'));
        return null;
      case 'response.created':
        return responses.begin(textIn(event.object('response')['id']) ?? '');
      case 'response.done':
        return this.finish(event.object('response'));
      case 'conversation.item.input_audio_transcription.completed':
        return responses.transcribed(
          this.settings.transcriptionModel ?? '',
          event.objectOrNull('usage'),
        );
      case 'error':
        await responses.refused(textIn(event.object('error')['event_id']));
        return null;
      default:
        this.noteOutput(event);
        return null;
    }
  }

  private finish(response: Members): Promise<GatehouseError | null> {
    const usage = response['usage'];
    return this.parts.responses.finish(
      textIn(response['id']) ?? '',
      isJsonObject(usage) ? usage : null,
      response['status'] !== 'failed',
    );
  }

  private noteOutput(event: RealtimeEvent): void {
    if (event.type?.endsWith('.delta') !== true || !event.type.startsWith('response.')) return;
    const isSound =
      event.type === 'response.output_audio.delta' || event.type === 'response.audio.delta';
    const id = event.text('response_id');
    this.parts.responses.output(id ?? '', isSound ? 'sound' : 'text', event.bytesOf('delta'));
  }

  private refuse(error: GatehouseError, eventId: string | null): void | Promise<void> {
    return sendFrame(this.parts.client, errorFrame(error, eventId));
  }

  private endWhenIdle(): void {
    const { responses, upstream } = this.parts;
    if (!responses.isIdle) return;
    if (this.isLeaving) closeSocket(upstream, NORMAL);
    else if (this.ending !== null) this.end(this.ending);
  }

  /** `gatehouse.spend.client_abort` decides whether the responses that run are waited for, so that their own usage is booked. */
  private leaveUpstream(code: number | null): void {
    const { responses, upstream, call, watch } = this.parts;
    const { clientAbort, drainLimitSeconds } = call.settings.spend;
    if (responses.isIdle || clientAbort === 'cancel') {
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
