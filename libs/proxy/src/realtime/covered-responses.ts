import { isGatehouseError, type GatehouseError } from '#libs/common';
import { readUsage } from '#libs/spend';
import type { EnteredCall } from '../planning/relay-call.js';
import type { ResponseCover } from './response-cover.js';
import type { ResponseCoversService } from './response-covers.service.js';
import { OutputMeter, SessionMeter } from './session-meter.js';

/** A response that the client has asked for, and that has not begun. */
interface AskedResponse {
  readonly cover: ResponseCover;
  /** The client's id of its event; `null` for none. */
  readonly eventId: string | null;
}

/** A response that has begun. */
interface RunningResponse {
  readonly cover: ResponseCover;
  readonly output: OutputMeter;
}

/** What is held for a response that has not begun. */
interface Spare {
  readonly cover: ResponseCover;
  /** The bound with which it is held; `null` for that of the model. */
  readonly maxOutputTokens: number | null;
}

/** The responses of one session, each covered from before it can begin until it is booked. */
export class CoveredResponses {
  /** Input of the session. */
  readonly meter = new SessionMeter();
  private spare: Spare | null;
  private readonly asked: AskedResponse[] = [];
  private readonly running = new Map<string, RunningResponse>();
  private hasEnded = false;

  /** @param covers holds the cost of responses; that of the first is held with the connection */
  constructor(
    private readonly call: EnteredCall,
    private readonly covers: ResponseCoversService,
  ) {
    this.spare = { cover: covers.first(call), maxOutputTokens: null };
  }

  /** True when no response runs or is about to begin. */
  get isIdle(): boolean {
    return this.running.size === 0 && this.asked.length === 0;
  }

  /**
   * Covers a response that the client asks for.
   * @param maxOutputTokens bound of its output; `null` for that of the model
   * @throws GatehouseError `budget_exceeded`, `rate_limited`; then nothing may go upstream
   */
  async ask(eventId: string | null, maxOutputTokens: number | null): Promise<void> {
    const cover = await this.take(maxOutputTokens);
    await cover.openOrDrop();
    if (this.hasEnded) await cover.drop();
    else this.asked.push({ cover, eventId });
  }

  /**
   * Covers a response that the upstream may begin by itself. Returns a promise only where it is not covered yet.
   * @throws GatehouseError as {@link ask}
   */
  expect(maxOutputTokens: number | null): void | Promise<void> {
    return this.spare?.cover.isOpen === true ? undefined : this.cover(maxOutputTokens);
  }

  /**
   * Notes that a response has begun.
   * @returns the refusal of one that is not covered: it is booked, and the session has to end; `null` for every other
   */
  async begin(id: string): Promise<GatehouseError | null> {
    if (this.running.has(id)) return null;
    const output = new OutputMeter();
    try {
      const cover =
        this.asked.shift()?.cover ?? (await this.take(this.spare?.maxOutputTokens ?? null));
      await cover.open();
      this.running.set(id, { cover, output });
      return null;
    } catch (error) {
      if (!isGatehouseError(error) || !error.isByLimit) throw error;
      const cover = this.covers.uncovered(this.call);
      await cover.open();
      this.running.set(id, { cover, output });
      return error;
    }
  }

  /** Notes a piece of the output of a response. */
  output(id: string, kind: 'text' | 'sound', bytes: number): void {
    const response = this.running.get(id);
    if (response === undefined) return;
    response.output.add(kind, bytes);
    response.cover.noteProgress(response.output.tokens);
  }

  /**
   * Books a response. Resolves when its entry is written.
   * @param usage the upstream's; `null` when it sent none
   * @returns as {@link begin}
   */
  async finish(
    id: string,
    usage: object | null,
    succeeded: boolean,
  ): Promise<GatehouseError | null> {
    const refusal = await this.begin(id);
    const response = this.running.get(id);
    if (response === undefined) return refusal;
    const { cover, output } = response;
    const isFree = !succeeded && output.tokens === 0;
    const estimate = isFree ? null : () => this.meter.usageOf(output);
    await cover.settle({ usage, estimate, succeeded });
    this.running.delete(id);
    const read = usage === null ? null : readUsage(usage, this.call.deployment.provider);
    if (read !== null) this.meter.noteContext(read.usage);
    return refusal;
  }

  /**
   * Gives back the cover of a response that the upstream refuses to begin.
   * @param eventId the client's id of its event; `null` where the upstream names none: the oldest is meant then
   */
  async refused(eventId: string | null): Promise<void> {
    const at = eventId === null ? 0 : this.asked.findIndex((one) => one.eventId === eventId);
    const [refused] = at === -1 ? [] : this.asked.splice(at, 1);
    await refused?.cover.drop();
  }

  /**
   * Books what has not ended, and gives back what has not begun.
   * @param mayBeBilled false when the upstream has ended the connection: what it has not begun it does not bill
   */
  async end(mayBeBilled: boolean): Promise<void> {
    this.hasEnded = true;
    const asked = this.asked.splice(0).map(({ cover }) => ({ cover, output: new OutputMeter() }));
    for (const { cover, output } of [...this.running.values(), ...asked]) {
      const isBilled = mayBeBilled || output.tokens > 0;
      const estimate = isBilled ? () => this.meter.usageOf(output) : null;
      await cover.settle({ usage: null, estimate, succeeded: false });
    }
    this.running.clear();
    await this.spare?.cover.drop();
    this.spare = null;
  }

  private async cover(maxOutputTokens: number | null): Promise<void> {
    const cover = await this.take(maxOutputTokens);
    await cover.openOrDrop();
    if (this.hasEnded) await cover.drop();
    else this.spare = { cover, maxOutputTokens };
  }

  /** Takes what is held already, where it is held with the same bound. */
  private async take(maxOutputTokens: number | null): Promise<ResponseCover> {
    const { spare } = this;
    this.spare = null;
    if (spare?.maxOutputTokens === maxOutputTokens) return spare.cover;
    await spare?.cover.drop();
    return this.covers.next(this.call, maxOutputTokens);
  }
}
