import { eachString, type JsonString } from './json-strings.js';

/** A longer part without strings is not walked: that would hold up every other call of the process. */
const MAX_GAP_BYTES = 4_096;
const COMMA = 0x2c;
/** Braces and brackets. */
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d]);

/** An object or array that is open. */
export interface JsonFrame {
  /** Of the member whose value it is; empty in an array. */
  readonly name: string;
  /** Its short strings until now, by the name of the member. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A string that is a value. */
export interface FramedString {
  /** Of the member whose value it is; empty in an array. */
  readonly name: string;
  readonly one: JsonString;
  /** What is open around it, the outermost first. */
  readonly frames: readonly JsonFrame[];
}

/**
 * Calls back with every string of a part of a JSON text that is a value, with the objects and arrays around it. Ends early where
 * a long part without strings hides what is open.
 * @param bytes valid JSON, as a whole
 */
export function eachFramedString(
  bytes: Buffer,
  range: { readonly start: number; readonly end: number },
  found: (value: FramedString) => void,
): void {
  const reader = new FrameReader(bytes, range.start, found);
  eachString(bytes, range, (one) => {
    reader.read(one);
  });
}

interface OpenFrame extends JsonFrame {
  readonly texts: Map<string, string>;
}

class FrameReader {
  private readonly frames: OpenFrame[] = [];
  private name = '';
  private isLost = false;

  constructor(
    private readonly bytes: Buffer,
    /** Behind the last string. */
    private at: number,
    private readonly found: (value: FramedString) => void,
  ) {}

  read(one: JsonString): void {
    this.walkTo(one.start - 1);
    this.at = one.start + one.length + 1;
    if (this.isLost) return;
    if (one.valueByte !== null) {
      this.name = one.text ?? '';
      return;
    }
    const { name, frames } = this;
    if (one.text !== null) frames.at(-1)?.texts.set(name, one.text);
    this.found({ name, one, frames });
  }

  private walkTo(end: number): void {
    this.isLost ||= end - this.at > MAX_GAP_BYTES;
    if (this.isLost) return;
    for (let at = this.at; at < end; at += 1) this.note(this.bytes[at]);
  }

  private note(byte: number | undefined): void {
    if (OPENING.has(byte)) this.frames.push({ name: this.name, texts: new Map() });
    else if (CLOSING.has(byte)) this.frames.pop();
    else if (byte !== COMMA) return;
    this.name = '';
  }
}
