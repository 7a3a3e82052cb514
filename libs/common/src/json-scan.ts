import { isUtf8 } from 'node:buffer';
import { ByteSequence } from './byte-sequence.js';
import { GatehouseError } from './errors/gatehouse-error.js';
import { isJsonObject } from './json-object.js';

/** Where one top-level member of a scanned object lies, as byte offsets into the body. */
export interface JsonMember {
  /** The member's name. */
  readonly name: string;
  /** Offset of the name's opening quote. */
  readonly start: number;
  /** Offset of the value's first byte. */
  readonly valueStart: number;
  /** Offset behind the value's last byte. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** From an opening brace or bracket to its closing one. */
const TO_CLOSER = 2;
/** What stands behind a number or a word; `undefined` is the end of the bytes. */
const ENDS_SCALAR: ReadonlySet<number | undefined> = new Set([
  COMMA,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  0x20,
  0x0a,
  0x0d,
  0x09,
  undefined,
]);

/** Up to this size a body is parsed whole, which also proves that every nested value is JSON. */
const PARSE_LIMIT_BYTES = 16_384;
const MAX_SCALAR_BYTES = 1_024;
const MAX_DEPTH = 10_000;
/** Far more than any API has; each costs an entry, so they are not for a client to multiply. */
const MAX_MEMBERS = 512;

/**
 * The top-level members of a JSON object without building the object: a 4 MB image body costs
 * microseconds, and the bytes that were evaluated are the bytes that can be forwarded.
 */
export class JsonObjectScan {
  /** The `content-type` of the bytes that {@link withMembers} returns; `null` for JSON. */
  readonly contentType: string | null = null;

  /**
   * @param members its members in the order in which they stand, names unique
   * @param object the whole object where it is parsed already
   */
  constructor(
    readonly bytes: Buffer,
    readonly members: ReadonlyMap<string, JsonMember>,
    private readonly object: Readonly<Record<string, unknown>> | null,
  ) {}

  /** Tells whether a member of that name is present; its value may also be `null`. */
  has(name: string): boolean {
    return this.members.has(name);
  }

  /**
   * The parsed value of one member, `undefined` when it is absent. No caller may change it.
   * @throws GatehouseError `request_invalid` when the member's bytes are not JSON
   */
  value(name: string): unknown {
    const member = this.members.get(name);
    if (member === undefined) return undefined;
    if (this.object !== null) return this.object[name];
    return parseJson(this.bytes.subarray(member.valueStart, member.end), name);
  }

  /**
   * The whole object, parsed.
   * @throws GatehouseError `request_invalid` when a nested value of a large body is not JSON; without a cause,
   * because the parser's error quotes what it read
   */
  parsed(): unknown {
    return parseJson(this.bytes, null);
  }

  /**
   * The same object with members replaced, added or removed; every other byte stays where it is.
   * Returns the original bytes when nothing changes.
   * @param changes JSON text by member name; `null` removes the member
   */
  withMembers(changes: Readonly<Record<string, string | null>>): ByteSequence {
    return new ByteSequence(this.partsWith(changes));
  }

  private partsWith(changes: Readonly<Record<string, string | null>>): readonly Buffer[] {
    const texts = new Map(
      Object.entries(changes).filter(([name, text]) => text !== null || this.members.has(name)),
    );
    if (texts.size === 0) return [this.bytes];
    const parts: Buffer[] = [];
    let gapStart = this.headEnd();
    for (const member of this.members.values()) {
      const text = texts.get(member.name);
      // The first member that stays follows the brace at once; the others keep the comma before them.
      const from = parts.length === 0 ? member.start : gapStart;
      if (text === undefined) parts.push(this.bytes.subarray(from, member.end));
      else if (text !== null) {
        parts.push(this.bytes.subarray(from, member.valueStart), Buffer.from(text));
      }
      gapStart = member.end;
      texts.delete(member.name);
    }
    for (const [name, text] of texts) {
      const comma = parts.length === 0 ? '' : ',';
      parts.push(Buffer.from(`${comma}${JSON.stringify(name)}:${String(text)}`));
    }
    return [this.bytes.subarray(0, this.headEnd()), ...parts, this.bytes.subarray(gapStart)];
  }

  /** Behind the opening brace and the white space that follows it. */
  private headEnd(): number {
    const [first] = this.members.values();
    return first?.start ?? this.bytes.lastIndexOf(CLOSE_BRACE);
  }
}

/**
 * Scans a request body that must be one JSON object.
 *
 * Refused, because two parsers could read them differently: a byte-order mark, invalid UTF-8, a
 * duplicate top-level name, a top-level name written with an escape, anything behind the object.
 * @throws GatehouseError `request_invalid`
 */
export function scanJsonObject(bytes: Buffer): JsonObjectScan {
  if (bytes.length === 0) throw invalid('The request body is empty; a JSON object is expected.');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw invalid('The request body starts with a byte-order mark.');
  }
  if (!isUtf8(bytes)) throw invalid('The request body is not valid UTF-8.');
  const parsed = bytes.length <= PARSE_LIMIT_BYTES ? parseJson(bytes, null) : null;
  const object = isJsonObject(parsed) ? parsed : null;
  return new JsonObjectScan(bytes, new Scanner(bytes, object !== null).membersOfObject(), object);
}

/** One pass over the bytes; strings are jumped over with the native search. */
class Scanner {
  private at = 0;

  /** @param isJson whether the bytes are known to be JSON, so that no value in them need be parsed */
  constructor(
    private readonly bytes: Buffer,
    private readonly isJson: boolean,
  ) {}

  membersOfObject(): Map<string, JsonMember> {
    if (this.next() !== OPEN_BRACE) throw invalid('The request body is not a JSON object.');
    this.at += 1;
    const members = this.readMembers();
    this.next();
    if (this.at !== this.bytes.length) throw notJson();
    return members;
  }

  private readMembers(): Map<string, JsonMember> {
    const members = new Map<string, JsonMember>();
    if (this.next() === CLOSE_BRACE) {
      this.at += 1;
      return members;
    }
    for (;;) {
      const member = this.readMember();
      if (members.has(member.name)) throw duplicate(member.name);
      members.set(member.name, member);
      if (members.size > MAX_MEMBERS) throw invalid('The request body has too many members.');
      const separator = this.next();
      this.at += 1;
      if (separator === CLOSE_BRACE) return members;
      if (separator !== COMMA) throw notJson();
    }
  }

  private readMember(): JsonMember {
    if (this.next() !== QUOTE) throw notJson();
    const start = this.at;
    this.skipString();
    const name = this.bytes.toString('utf8', start + 1, this.at - 1);
    if (name.includes('\\'))
      throw invalid('A member name of the request body is written with escapes.');
    if (this.next() !== COLON) throw notJson();
    this.at += 1;
    const first = this.next();
    const valueStart = this.at;
    if (first === QUOTE) this.skipString();
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.skipNested();
    else this.skipScalar();
    return { name, start, valueStart, end: this.at };
  }

  /** Skips white space and returns the byte behind it, `undefined` at the end. */
  private next(): number | undefined {
    const { bytes } = this;
    let { at } = this;
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
      byte = bytes[(at += 1)];
    this.at = at;
    return byte;
  }

  private skipString(): void {
    const { bytes } = this;
    let end = this.at;
    for (;;) {
      end = bytes.indexOf(QUOTE, end + 1);
      if (end === -1) throw notJson();
      let slashes = 0;
      while (bytes[end - 1 - slashes] === BACKSLASH) slashes += 1;
      if (slashes % 2 === 0) break;
    }
    this.at = end + 1;
  }

  private skipNested(): void {
    const closers: number[] = [];
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw notJson();
      if (byte === QUOTE) {
        this.skipString();
        continue;
      }
      this.at += 1;
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) closers.push(byte + TO_CLOSER);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (closesLast(byte, closers)) return;
      }
      if (closers.length > MAX_DEPTH) throw invalid('The request body is nested too deeply.');
    }
  }

  private skipScalar(): void {
    const start = this.at;
    while (!ENDS_SCALAR.has(this.bytes[this.at])) this.at += 1;
    const length = this.at - start;
    if (length === 0 || length > MAX_SCALAR_BYTES) throw notJson();
    if (!this.isJson) parseJson(this.bytes.subarray(start, this.at), null);
  }
}

function closesLast(byte: number, closers: number[]): boolean {
  if (closers.pop() !== byte) throw notJson();
  return closers.length === 0;
}

function parseJson(bytes: Buffer, param: string | null): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw param === null ? notJson() : invalid(`The member "${param}" is not valid JSON.`, param);
  }
}

function duplicate(name: string): GatehouseError {
  const shown = name.slice(0, 64);
  return invalid(`The request body has the member "${shown}" more than once.`, shown);
}

function notJson(): GatehouseError {
  return invalid('The request body is not valid JSON.');
}

function invalid(message: string, param?: string): GatehouseError {
  return new GatehouseError(
    'request_invalid',
    param === undefined ? { message } : { message, param },
  );
}
