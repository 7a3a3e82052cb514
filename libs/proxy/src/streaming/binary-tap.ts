import type { StreamTap } from './stream-pump.js';
import type { TapReading, UsageTap } from './usage-tap.js';
import { usageEvent } from '../clouds/bedrock-usage.js';
import { EventFrames } from '../clouds/event-frames.js';

/**
 * Reads the usage of a binary stream of Bedrock, whose bytes are passed on as they are. Those behind the usage are kept back until the spend
 * is recorded. A stream that cannot be read is passed on all the same.
 */
export class BinaryTap implements StreamTap {
  /** Nothing can be written into it. */
  readonly isBetween = false;
  private readonly frames = new EventFrames();
  private isReadable = true;
  private readonly last: Buffer[] = [];

  /** @param usage reads the events that the messages are */
  constructor(private readonly usage: UsageTap) {}

  get isDone(): boolean {
    return this.usage.isDone;
  }

  /** True when the stream, once it has ended, lacks what a whole one ends with. One that cannot be read may have it. */
  get isCut(): boolean {
    return this.isReadable && this.usage.isCut;
  }

  /** Returns the facts that were read so far. */
  get reading(): TapReading {
    return this.usage.reading;
  }

  push(piece: Buffer): Buffer[] {
    if (this.isReadable) this.read(piece);
    if (!this.isDone) return [piece];
    this.last.push(piece);
    return [];
  }

  finish(): Buffer[] {
    this.usage.finish();
    return this.last;
  }

  private read(piece: Buffer): void {
    try {
      for (const frame of this.frames.push(piece)) this.usage.push(Buffer.from(usageEvent(frame)));
    } catch {
      this.isReadable = false;
    }
  }
}
