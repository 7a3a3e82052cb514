import { largerUsage, reportedTokens, type TokenUsage } from '#libs/spend';
import { MAX_ANSWER_BYTES } from '../upstream/response-headers.js';
import { EventBoundaries } from './event-boundaries.js';
import { isDoneEvent, jsonDataOf } from './stream-event.js';
import type { EventSigns, ResponseFormat, UsageReport } from './response-format.js';
import type { StreamTap } from './stream-pump.js';

/** An event that is larger is passed on while it grows, unless its format knows it for one with the usage. */
const MAX_HELD_BYTES = 262_144;
/** Bytes of an event by which its format knows it. */
const HEAD_BYTES = 512;

/**
 * Text after which progress is reported, again and again: about a thousand tokens. A shorter stream has none.
 */
const PROGRESS_BYTES = 4_096;

/** Finds where the events of a stream end. */
interface Boundaries {
  /**
   * Returns the offsets behind the events that end in this piece, in order.
   * @param piece the next bytes, each as one character (latin1)
   */
  push(piece: string): number[];
}

/** The facts of a stream that were read so far. */
export interface TapReading {
  /** The last `usage` object that counts anything, as it came; `null` when none has come. */
  readonly usage: object | null;
  /**
   * True when {@link usage} is the upstream's last word: it came with the finish or behind it, or the stream ended
   * with `data: [DONE]`, and neither text nor a finish followed.
   */
  readonly isFinal: boolean;
  /** The highest counts of any `usage` object; `null` when none has come. */
  readonly interim: TokenUsage | null;
  /** The `service_tier` that stood beside the usage; `null` when none did. */
  readonly serviceTier: string | null;
  /** True when nothing has come but comments, errors and the end of the stream. */
  readonly isEmpty: boolean;
  /** True when it is empty, and no event says that the upstream works on the response, or one that it has failed: it bills nothing. */
  readonly isUnused: boolean;
  /** True when an event says that the response has failed or is not whole. */
  readonly hasFailed: boolean;
  /** Bytes of generated text. */
  readonly textBytes: number;
  /** Events that carried text. Each is at least one token. */
  readonly textEvents: number;
  /** Outputs that are billed by number; `null` where they were not counted. */
  readonly items: number | null;
}

/** Callbacks of a {@link UsageTap}. */
interface TapWatch {
  /** Called each time that the text has grown by 4 KiB. */
  onProgress?(reading: TapReading): void;
  /** Called with every event that is held whole, as latin1 text, before it is passed on. */
  onEvent?(event: string): void;
}

/**
 * Watches an event stream while it is copied through byte for byte.
 *
 * Whole events are passed on at once, in the same buffers that they came in. What is kept back: an event
 * that is not complete yet, which no client could use; the usage event, if the gateway and not the client
 * asked for it, which is then never sent; and everything from `data: [DONE]` on, until the spend is recorded.
 */
export class UsageTap implements StreamTap {
  private held: Buffer[] = [];
  /** The bytes of {@link held} as latin1 text. */
  private heldText = '';
  /** The current event outgrew the limit; its bytes are no longer kept. */
  private isOversized = false;
  /** The event that came last was not looked at: it outgrew the limit. */
  private isLastUnknown = false;
  /** Bytes that the current event may have before it is passed on. */
  private mostHeld = MAX_HELD_BYTES;
  private readonly last: Buffer[] = [];
  private done = false;
  private usage: object | null = null;
  private interim: TokenUsage | null = null;
  private hasFinished = false;
  /** Text or a finish came after the last usage. */
  private isOutdated = false;
  private serviceTier: string | null = null;
  private isEmpty = true;
  private hasBegun = false;
  private hasFailed = false;
  private textBytes = 0;
  private textEvents = 0;
  private items: number | null = null;
  private progressAt = PROGRESS_BYTES;

  /**
   * @param format how the events are read
   * @param dropsUsage removes the usage-only event, because the client did not ask for it
   * @param boundaries finds where an event ends; default for server-sent events
   */
  constructor(
    private readonly format: ResponseFormat,
    private readonly dropsUsage: boolean,
    private readonly watch: TapWatch = {},
    private readonly boundaries: Boundaries = new EventBoundaries(),
  ) {}

  /** True when `data: [DONE]` has come. */
  get isDone(): boolean {
    return this.done;
  }

  /** True when the stream, once it has ended, lacks what a whole one ends with, and no event says why. */
  get isCut(): boolean {
    if (this.done || this.hasFailed || this.isLastUnknown) return false;
    const { endsWith } = this.format;
    return endsWith === 'done'
      ? !this.isEmpty || this.hasBegun
      : endsWith === 'finish' && this.textBytes > 0 && !this.hasFinished;
  }

  /** False while an event is passed on that is not complete. */
  get isBetween(): boolean {
    return !this.isOversized;
  }

  /** Returns the facts that were read so far. */
  get reading(): TapReading {
    const { usage, interim, serviceTier, isEmpty, hasFailed, textBytes, textEvents, items } = this;
    const isFinal = usage !== null && !this.isOutdated && (this.hasFinished || this.done);
    const isUnused = isEmpty && (hasFailed || !this.hasBegun);
    const counts = { textBytes, textEvents, items };
    return { usage, isFinal, interim, serviceTier, isEmpty, isUnused, hasFailed, ...counts };
  }

  /**
   * Takes the next bytes.
   * @param piece as it came from the upstream
   * @returns what is to be sent now, in order
   */
  push(piece: Buffer): Buffer[] {
    const out: Buffer[] = [];
    const text = piece.toString('latin1');
    let start = 0;
    let from = 0;
    for (const end of this.boundaries.push(text)) {
      const fate = this.evaluate(this.completed(text.slice(start, end)));
      const earlier = this.takeHeld();
      if (fate !== 'pass') {
        this.passPart(piece, from, start, out);
        from = fate === 'drop' ? end : start;
      }
      if (fate === 'done') this.done = true;
      if (fate !== 'drop' && earlier.length > 0) this.target(out).push(...earlier);
      start = end;
    }
    this.passPart(piece, from, start, out);
    if (start < piece.length) this.hold(piece.subarray(start), text.slice(start), out);
    return out;
  }

  /**
   * Ends the stream: a last event without its blank line is evaluated too.
   * @returns what was kept back, to be sent once the spend is recorded
   */
  finish(): Buffer[] {
    const event = this.heldText;
    const fate = event === '' ? 'pass' : this.evaluate(event);
    const trailing = this.takeHeld();
    if (fate === 'done' && isWhole(event)) this.done = true;
    if (fate !== 'drop') this.last.push(...trailing);
    return this.last;
  }

  private passPart(piece: Buffer, from: number, end: number, out: Buffer[]): void {
    if (end <= from) return;
    const isWhole = end - from === piece.length;
    this.target(out).push(isWhole ? piece : piece.subarray(from, end));
  }

  private target(out: Buffer[]): Buffer[] {
    return this.done ? this.last : out;
  }

  /** The text of an event; `null` when it was too large to be kept. */
  private completed(ending: string): string | null {
    if (this.isOversized) {
      this.isOversized = false;
      return null;
    }
    return this.heldText + ending;
  }

  private evaluate(event: string | null): 'pass' | 'drop' | 'done' {
    this.isLastUnknown = event === null;
    if (event === null) {
      this.isOutdated = true;
      this.isEmpty = false;
      return 'pass';
    }
    this.watch.onEvent?.(event);
    const signs = this.format.signsOf(event);
    this.noteContent(event, signs);
    const report = signs.mayHoldUsage ? this.format.usageOfEvent(event) : null;
    if (report !== null) {
      this.noteUsage(report);
      if (this.dropsUsage && report.isAlone) return 'drop';
    }
    return !this.done && this.format.isDone(event) ? 'done' : 'pass';
  }

  private noteContent(event: string, { textBytes, isFinish }: EventSigns): void {
    if (this.isEmpty) this.noteBeginning(event);
    this.hasFailed ||= this.format.isFailure(event);
    if (textBytes > 0) {
      this.textBytes += textBytes;
      this.textEvents += 1;
      if (this.textBytes >= this.progressAt) {
        this.progressAt = this.textBytes + PROGRESS_BYTES;
        this.watch.onProgress?.(this.reading);
      }
    }
    this.hasFinished ||= isFinish;
    this.isOutdated ||= isFinish || textBytes > 0;
  }

  private noteBeginning(event: string): void {
    this.isEmpty = !this.format.hasContent(event);
    this.hasBegun ||= this.format.begins?.(event) === true;
  }

  /** An object whose counts are all null says nothing, and discards nothing that was said before. */
  private noteUsage(report: UsageReport): void {
    const { items } = report;
    if (items !== undefined) this.items = (this.items ?? 0) + items;
    const { usage, serviceTier } = this.withEarlier(report);
    const tokens = reportedTokens(usage);
    if (tokens === null) return;
    this.usage = usage;
    this.serviceTier = serviceTier;
    this.interim = this.interim === null ? tokens : largerUsage(this.interim, tokens);
    this.isOutdated = false;
  }

  private isLong(event: string): boolean {
    return this.format.mayBeLong?.(event.slice(0, HEAD_BYTES)) === true;
  }

  private withEarlier(later: UsageReport): UsageReport {
    const { usage, serviceTier, format } = this;
    return usage === null || format.combined === undefined
      ? later
      : format.combined({ usage, serviceTier, isAlone: false }, later);
  }

  private takeHeld(): Buffer[] {
    const held = this.held;
    if (held.length > 0) {
      this.held = [];
      this.heldText = '';
      this.mostHeld = MAX_HELD_BYTES;
    }
    return held;
  }

  private hold(piece: Buffer, text: string, out: Buffer[]): void {
    if (this.isOversized) {
      this.target(out).push(piece);
      return;
    }
    this.held.push(piece);
    this.heldText += text;
    if (this.heldText.length <= this.mostHeld) return;
    if (this.mostHeld === MAX_HELD_BYTES && this.isLong(this.heldText)) {
      this.mostHeld = MAX_ANSWER_BYTES;
      return;
    }
    this.isOversized = true;
    this.isLastUnknown = true;
    this.target(out).push(...this.takeHeld());
  }
}

/** Tells whether an event that nothing follows has all of its data. */
function isWhole(event: string): boolean {
  return jsonDataOf(event) !== null || isDoneEvent(event);
}
