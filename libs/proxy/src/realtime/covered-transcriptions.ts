import type { GatehouseError } from '#libs/common';
import { usageOfSound } from '../endpoints/openai/transcriptions.endpoint.js';
import type { EnteredCall } from '../planning/relay-call.js';
import type { ResponseCover } from './response-cover.js';
import type { ResponseCoversService } from './response-covers.service.js';
import { secondsOfSound } from './session-meter.js';

/** What is held for a turn of speech that has not been committed. */
interface Spare {
  readonly cover: ResponseCover;
  readonly model: string;
}

/** A turn of speech that the upstream transcribes. */
interface RunningTranscription {
  readonly cover: ResponseCover;
  readonly seconds: number;
}

/** The transcriptions of the input of one session, each covered from before its sound goes upstream until it is booked. */
export class CoveredTranscriptions {
  private spare: Spare | null = null;
  private soundBytes = 0;
  private readonly running = new Map<string, RunningTranscription>();
  private hasEnded = false;

  /** @param covers holds the cost of transcriptions */
  constructor(
    private readonly call: EnteredCall,
    private readonly covers: ResponseCoversService,
  ) {}

  /** True when none runs. */
  get isIdle(): boolean {
    return this.running.size === 0;
  }

  /** Notes sound that goes upstream. */
  add(bytes: number): void {
    this.soundBytes += bytes;
  }

  /**
   * Covers the transcription of the sound that comes. Returns a promise only where it is not covered yet.
   * @param model name of the transcribing model
   * @throws GatehouseError `budget_exceeded`, `rate_limited`; then no sound may go upstream
   */
  expect(model: string): void | Promise<void> {
    return this.spare?.model === model ? undefined : this.cover(model);
  }

  /**
   * Notes that the upstream transcribes the sound until now.
   * @param model as for {@link expect}
   * @returns the refusal of a transcription that was not covered: the session has to end; `null` for every other
   */
  async committed(id: string, model: string): Promise<GatehouseError | null> {
    if (this.running.has(id)) return null;
    const { spare, soundBytes } = this;
    this.soundBytes = 0;
    this.spare = null;
    const seconds = secondsOfSound(soundBytes);
    const { cover, refusal } =
      spare === null
        ? await this.covers.begunTranscription(this.call, model)
        : { cover: spare.cover, refusal: null };
    await cover.open();
    this.running.set(id, { cover, seconds });
    return refusal;
  }

  /**
   * Books a transcription. Resolves when its entry is written.
   * @param usage the upstream's; `null` when it sent none
   * @returns as {@link committed}
   */
  async completed(id: string, model: string, usage: object | null): Promise<GatehouseError | null> {
    const refusal = await this.committed(id, model);
    const running = this.running.get(id);
    this.running.delete(id);
    const estimate = running === undefined ? null : () => usageOfSound(running.seconds);
    await running?.cover.settle({ usage, estimate, succeeded: true });
    return refusal;
  }

  /** Gives back the cover of a transcription that has failed. */
  async failed(id: string): Promise<void> {
    const running = this.running.get(id);
    this.running.delete(id);
    await running?.cover.drop();
  }

  /**
   * Books what has not ended, and gives back what has not begun.
   * @param mayBeBilled as in `CoveredResponses.end`
   */
  async end(mayBeBilled: boolean): Promise<void> {
    this.hasEnded = true;
    for (const running of this.running.values()) {
      const estimate = mayBeBilled ? () => usageOfSound(running.seconds) : null;
      await running.cover.settle({ usage: null, estimate, succeeded: false });
    }
    this.running.clear();
    await this.spare?.cover.drop();
    this.spare = null;
  }

  private async cover(model: string): Promise<void> {
    const { spare } = this;
    this.spare = null;
    await spare?.cover.drop();
    const cover = await this.covers.transcription(this.call, model);
    await cover.openOrDrop();
    if (this.hasEnded) await cover.drop();
    else this.spare = { cover, model };
  }
}
