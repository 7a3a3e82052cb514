/** Up to this size bytes are copied: several small buffers cost more than one. */
const MAX_COPIED_BYTES = 65_536;

/** Bytes in one or more buffers, of which large ones are parts of others, so that megabytes need not be copied. */
export class ByteSequence {
  /** Number of all bytes. */
  readonly length: number;
  private made: readonly Buffer[] | null = null;

  constructor(private readonly parts: readonly Buffer[]) {
    this.length = parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** The bytes in order, those of small buffers joined. */
  get pieces(): readonly Buffer[] {
    return (this.made ??= this.parts.length === 1 ? this.parts : joinSmall(this.parts));
  }

  /** All bytes in one buffer; without a copy where they already are. */
  joined(): Buffer {
    const { pieces } = this;
    const [only] = pieces;
    return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
  }
}

function joinSmall(parts: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = [];
  let small: Buffer[] = [];
  let bytes = 0;
  const join = (): void => {
    if (small.length > 0) pieces.push(Buffer.concat(small, bytes));
    small = [];
    bytes = 0;
  };
  for (const part of parts) {
    if (bytes + part.length > MAX_COPIED_BYTES) join();
    if (part.length > MAX_COPIED_BYTES) {
      pieces.push(part);
      continue;
    }
    small.push(part);
    bytes += part.length;
  }
  join();
  return pieces;
}
