/** Bytes in one or more buffers, which are joined when they are sent. */
export class ByteSequence {
  /** Number of all bytes. */
  readonly length: number;

  constructor(private readonly parts: readonly Buffer[]) {
    this.length = parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** All bytes in one buffer; without a copy where they already are. */
  joined(): Buffer {
    const { parts } = this;
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts, this.length);
  }
}
