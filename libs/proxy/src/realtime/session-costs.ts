import { isJsonObject, type GatehouseError } from '#libs/common';
import type { CoveredResponses } from './covered-responses.js';
import type { CoveredTranscriptions } from './covered-transcriptions.js';
import { textIn, type Members, type RealtimeEvent } from './realtime-event.js';
import {
  outputBoundIn,
  settingsIn,
  transcriptionModelIn,
  UNKNOWN_SETTINGS,
  type SessionSettings,
} from './session-settings.js';

/** What the events of a session cost: covered before they go upstream, and booked before the client sees their end. */
export class SessionCosts {
  private settings: SessionSettings = UNKNOWN_SETTINGS;

  constructor(
    private readonly responses: CoveredResponses,
    private readonly transcriptions: CoveredTranscriptions,
  ) {}

  /** True when no response runs or is about to begin. */
  get isIdle(): boolean {
    return this.responses.isIdle;
  }

  /** True when nothing is left to be booked. */
  get isDone(): boolean {
    return this.responses.isIdle && this.transcriptions.isIdle;
  }

  /**
   * Covers a response that the client asks for.
   * @throws GatehouseError `budget_exceeded`, `rate_limited`; then the event may not go upstream
   */
  ask(event: RealtimeEvent): Promise<void> {
    this.responses.meter.add('text', event.bytesOf('response'));
    const bound = outputBoundIn(event.object('response')) ?? this.settings.maxOutputTokens;
    return this.responses.ask(event.eventId, bound);
  }

  /** Notes a change of the session that the client asks for. */
  update(session: Members, bytes: number): void {
    this.responses.meter.add('text', bytes);
    this.settings = {
      ...this.settings,
      // Until the upstream says that it is off.
      isAutomatic: this.settings.isAutomatic || settingsIn(session).isAutomatic,
      transcriptionModel: transcriptionModelIn(session) ?? this.settings.transcriptionModel,
    };
  }

  /** Notes an item that the client adds. */
  add(bytes: number): void {
    this.responses.meter.add('text', bytes);
  }

  /**
   * Covers what the upstream may begin by itself after sound: a response, and a transcription. Returns a promise only where
   * something is not covered yet.
   * @throws GatehouseError as {@link ask}
   */
  speak(bytes: number): void | Promise<void> {
    this.responses.meter.add('sound', bytes);
    this.transcriptions.add(bytes);
    const { isAutomatic, maxOutputTokens, transcriptionModel } = this.settings;
    const waits = [
      isAutomatic ? this.responses.expect(maxOutputTokens) : undefined,
      transcriptionModel === null ? undefined : this.transcriptions.expect(transcriptionModel),
    ].filter((one) => one instanceof Promise);
    return waits.length === 0 ? undefined : allDone(waits);
  }

  /**
   * Books what an event of the upstream tells.
   * @returns the refusal of something that has begun and is not covered: the session has to end; `null` for every other
   */
  async note(event: RealtimeEvent): Promise<GatehouseError | null> {
    const { responses } = this;
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.settings = settingsIn(event.object('session'));
        return null;
      case 'response.created':
        return responses.begin(textIn(event.object('response')['id']) ?? '');
      case 'response.done':
        return this.finish(event.object('response'));
      case 'error':
        await responses.refused(textIn(event.object('error')['event_id']));
        return null;
      default:
        this.noteOutput(event);
        return this.noteTurn(event);
    }
  }

  /**
   * Books what has not ended, and gives back what has not begun.
   * @param mayBeBilled false when the upstream has ended the connection: what it has not begun it does not bill
   */
  async end(mayBeBilled: boolean): Promise<void> {
    await allDone([this.responses.end(mayBeBilled), this.transcriptions.end(mayBeBilled)]);
  }

  private async noteTurn(event: RealtimeEvent): Promise<GatehouseError | null> {
    const { transcriptions } = this;
    const { transcriptionModel: model } = this.settings;
    const id = event.text('item_id') ?? '';
    switch (event.type) {
      case 'input_audio_buffer.committed':
        return model === null ? null : transcriptions.committed(id, model);
      case 'conversation.item.input_audio_transcription.completed':
        return transcriptions.completed(id, model ?? '', event.objectOrNull('usage'));
      case 'conversation.item.input_audio_transcription.failed':
        await transcriptions.failed(id);
        return null;
      default:
        return null;
    }
  }

  private finish(response: Members): Promise<GatehouseError | null> {
    const usage = response['usage'];
    return this.responses.finish(
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
    this.responses.output(id ?? '', isSound ? 'sound' : 'text', event.bytesOf('delta'));
  }
}

/** Waits for all, also where one of them fails, so that none is left behind. */
async function allDone(waits: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(waits)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
