import type { StreamTap } from './stream-pump.js';

const NOTHING: Buffer[] = [];

/** Passes bytes on as they come. Nothing is read of them and nothing is kept back. */
export class ByteTap implements StreamTap {
  readonly isDone = false;
  readonly isBetween = false;

  /** Returns what is to be sent now: the piece. */
  push(piece: Buffer): Buffer[] {
    return [piece];
  }

  /** Returns what was kept back: nothing. */
  finish(): Buffer[] {
    return NOTHING;
  }
}
