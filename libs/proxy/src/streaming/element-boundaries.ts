const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);
/** Depth of the elements of the outermost array. */
const OF_ARRAY = 1;

/**
 * Finds where the elements of a JSON array end that arrives in pieces: behind the closing brace. Commas, white space and the opening
 * bracket belong to the element that follows them; the closing bracket belongs to none.
 */
export class ElementBoundaries {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /**
   * The offsets behind the elements that end in this piece, in order.
   * @param piece the next bytes, each as one character (latin1)
   */
  push(piece: string): number[] {
    const ends: number[] = [];
    let at = 0;
    while (at < piece.length) {
      if (this.isInString) at = this.stringEnd(piece, at);
      else {
        this.note(piece.charCodeAt(at), at, ends);
        at += 1;
      }
    }
    return ends;
  }

  private note(code: number, at: number, ends: number[]): void {
    if (code === QUOTE) this.isInString = true;
    else if (OPENING.has(code)) this.depth += 1;
    else if (CLOSING.has(code)) {
      this.depth -= 1;
      if (this.depth === OF_ARRAY) ends.push(at + 1);
    }
  }

  /** Returns the offset behind the string that is open, or the end of the piece. */
  private stringEnd(piece: string, from: number): number {
    for (let at = from; at < piece.length; at += 1) {
      if (this.isEscaped) this.isEscaped = false;
      else if (piece.charCodeAt(at) === BACKSLASH) this.isEscaped = true;
      else if (piece.charCodeAt(at) === QUOTE) {
        this.isInString = false;
        return at + 1;
      }
    }
    return piece.length;
  }
}
