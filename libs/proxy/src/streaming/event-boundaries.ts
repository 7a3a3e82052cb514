const LF = 0x0a;
const CR = 0x0d;

/**
 * Finds where events end in an event stream that arrives in pieces (WHATWG HTML, section 9.2.6): behind the
 * blank line, whether lines end in LF, CR LF or CR, wherever the pieces were cut. A CR at the end of a piece
 * is not evaluated before the next byte is known, because a LF would still belong to it.
 */
export class EventBoundaries {
  private isLineEmpty = true;
  private isAfterCr = false;
  /** The CR that was just seen closed a blank line. */
  private isCrBlank = false;

  /**
   * The offsets behind the events that end in this piece, in order. An event can end at offset 0, when only
   * this piece shows that the last one ended with its CR.
   * @param piece the next bytes, each as one character (latin1)
   */
  push(piece: string): number[] {
    const hasCr = this.isAfterCr || piece.includes('\r');
    return hasCr ? this.pushMixed(piece) : this.pushLines(piece);
  }

  /** Lines that all end in LF, as nearly every upstream writes them. */
  private pushLines(piece: string): number[] {
    const ends: number[] = [];
    let position = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', position)) {
      if (end === position && this.isLineEmpty) ends.push(end + 1);
      this.isLineEmpty = true;
      position = end + 1;
    }
    if (position < piece.length) this.isLineEmpty = false;
    return ends;
  }

  private pushMixed(piece: string): number[] {
    const ends: number[] = [];
    let position = this.finishCr(piece, ends);
    let cr = nextOf('\r', piece, position);
    while (position < piece.length) {
      if (cr < position) cr = nextOf('\r', piece, position);
      const end = Math.min(nextOf('\n', piece, position), cr);
      if (end > position) this.isLineEmpty = false;
      if (end === piece.length) break;
      position = this.endLine(piece, end, ends);
    }
    return ends;
  }

  /** Ends the line at `end` and returns where the next one begins. */
  private endLine(piece: string, end: number, ends: number[]): number {
    const isBlank = this.isLineEmpty;
    this.isLineEmpty = true;
    if (piece.charCodeAt(end) === CR) {
      this.isAfterCr = true;
      this.isCrBlank = isBlank;
      return end + 1 + this.finishCr(piece.slice(end + 1, end + 2), ends, end + 1);
    }
    if (isBlank) ends.push(end + 1);
    return end + 1;
  }

  /** Takes the LF that belongs to a CR before it; returns how many bytes that were. */
  private finishCr(rest: string, ends: number[], offset = 0): number {
    if (!this.isAfterCr || rest === '') return 0;
    const taken = rest.charCodeAt(0) === LF ? 1 : 0;
    if (this.isCrBlank) ends.push(offset + taken);
    this.isAfterCr = false;
    this.isCrBlank = false;
    return taken;
  }
}

function nextOf(character: '\r' | '\n', piece: string, from: number): number {
  const found = piece.indexOf(character, from);
  return found === -1 ? piece.length : found;
}
