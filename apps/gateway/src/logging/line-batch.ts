import type { DestinationStream } from 'pino';

/** Longest time for which a line waits for others. */
const MAX_WAIT_MS = 10;
/** About the room of a pipe: more is not kept back. */
const MAX_CHARACTERS = 65_536;

/** The stream to which the lines go in the end. */
interface LineTarget {
  write(lines: string): unknown;
  flushSync(): void;
}

/** The batches that hold lines. A process that exits, also by an uncaught error, writes these out. */
const waiting = new Set<LineBatch>();

/**
 * Hands lines on in groups of those that come within ten milliseconds, because each write is a system call on another
 * thread. Lines keep their order. Those that still wait are written when the process exits.
 */
export class LineBatch implements DestinationStream {
  private lines = '';
  private timer: NodeJS.Timeout | undefined;

  /** @param target takes several lines at a time */
  constructor(private readonly target: LineTarget) {}

  write(line: string): void {
    if (this.lines === '') this.begin();
    this.lines += line;
    if (this.lines.length > MAX_CHARACTERS) this.handOn();
  }

  /** Writes every line before it returns. Called by pino behind a line of the level `fatal`, too. */
  flushSync(): void {
    this.handOn();
    this.target.flushSync();
  }

  private begin(): void {
    waiting.add(this);
    this.timer = setTimeout(() => {
      this.handOn();
    }, MAX_WAIT_MS);
  }

  private handOn(): void {
    if (this.lines === '') return;
    clearTimeout(this.timer);
    waiting.delete(this);
    const { lines } = this;
    this.lines = '';
    this.target.write(lines);
  }
}

/** Writes the lines of every batch, before it returns. */
export function flushBatches(): void {
  for (const batch of waiting) {
    try {
      batch.flushSync();
    } catch {
      // The reader has gone, so the failure cannot be reported.
    }
  }
}

process.on('exit', flushBatches);
