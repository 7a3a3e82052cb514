import type { HeaderList } from '../upstream/response-headers.js';

/** A response as its client gets it, with its last byte. */
export interface RecordedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Keeps a response while it goes to its client, up to a number of bytes. */
export class ResponseRecording {
  private status = 0;
  private contentType = '';
  private pieces: Buffer[] = [];
  private bytes = 0;
  private isEnded = false;
  private isTooLarge = false;

  /** @param maxBytes with more of them nothing is kept */
  constructor(private readonly maxBytes: number) {}

  /** The response; `null` before its last byte, and where it is too large. */
  get whole(): RecordedResponse | null {
    if (!this.isEnded || this.isTooLarge) return null;
    const { status, contentType } = this;
    return { status, contentType, body: Buffer.concat(this.pieces) };
  }

  /** Notes status and headers. */
  begin(status: number, headers: HeaderList): void {
    this.status = status;
    this.contentType = headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  }

  /** Notes bytes of the body. */
  add(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.bytes > this.maxBytes) {
      this.isTooLarge = true;
      this.pieces = [];
    }
    if (!this.isTooLarge) this.pieces.push(piece);
  }

  /** Notes that it is complete. */
  end(): void {
    this.isEnded = true;
  }
}
