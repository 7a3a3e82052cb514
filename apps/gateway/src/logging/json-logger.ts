import type { LoggerService } from '@nestjs/common';
import { destination, pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import pretty from 'pino-pretty';
import type { LogFormat, LogLevel } from '#libs/config';
import { LineBatch } from './line-batch.js';
import { readableLine } from './readable-line.js';

/** Contexts in which Nest logs its own wiring, forty lines a start of no use to an operator. */
const FRAMEWORK: ReadonlySet<string> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/**
 * The process's log: JSON lines on standard output, readable ones on a terminal, one event a line. Callers pass ids, codes and
 * durations; tokens, keys, claim values and prompts never enter it, at any level.
 */
export class JsonLogger implements LoggerService {
  private readonly lines: LineStream;
  private readonly pino: PinoLogger;

  /**
   * @param level severity below which nothing is written
   * @param format form of the lines
   */
  constructor(level: LogLevel, format: LogFormat = 'json') {
    this.lines = lineStream(format);
    this.pino = pino(
      {
        level,
        base: null,
        messageKey: 'message',
        timestamp: timeMember,
        formatters: { level: (label) => ({ level: label }) },
      },
      this.lines.stream,
    );
  }

  /**
   * Writes one event, in pino's form. The facts become JSON in one piece, because pino takes several steps a member.
   * @param facts members of the line; no errors
   */
  record(level: LogLevel, message: string, facts: Readonly<Record<string, unknown>>): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const members = JSON.stringify(facts).slice(1, -1);
    const start = `{"level":"${level}"${timeMember()}${members === '' ? '' : ','}`;
    this.lines.stream.write(`${start}${members},"message":${JSON.stringify(message)}}\n`);
    if (level === 'fatal') this.flush();
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.nest('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.nest('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.nest('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.nest('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.nest('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.nest('fatal', message, rest);
  }

  /** Writes out what is still buffered; called right before the process ends. */
  flush(): void {
    try {
      this.lines.flush();
    } catch {
      // The reader of standard output has gone, so the failure cannot be reported.
    }
  }

  private nest(level: LogLevel, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    if (level === 'info' && FRAMEWORK.has(String(context))) return;
    const { text, facts } = takenApart(message);
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
    const source = typeof context === 'string' ? { context } : {};
    this.pino[level]({ ...source, ...facts, ...stack }, text);
  }
}

/** The date and the time to the second, which most lines share with the one before. */
const shared = { second: -1, text: '' };

/** Returns the member `time` of a line, as pino takes it. */
function timeMember(): string {
  const nowMs = Date.now();
  const second = Math.floor(nowMs / 1_000);
  if (second !== shared.second) {
    shared.second = second;
    shared.text = `,"time":"${new Date(second * 1_000).toISOString().slice(0, -4)}`;
  }
  return `${shared.text}${String(nowMs - second * 1_000).padStart(3, '0')}Z"`;
}

/** The destination of lines, and the flush of buffered ones. */
interface LineStream {
  readonly stream: DestinationStream;
  readonly flush: () => void;
}

/** Standard output. The types of pino do not say that it takes bytes with this mode of content. */
interface ByteOutput {
  write(lines: string | Buffer): unknown;
  flushSync(): void;
}

function lineStream(format: LogFormat): LineStream {
  const isTerminal = process.stdout.isTTY;
  if (format === 'pretty' || (format === 'auto' && isTerminal)) {
    return { stream: prettyStream(isTerminal), flush: () => undefined };
  }
  const output: ByteOutput = destination({
    fd: 1,
    sync: false,
    minLength: 0,
    contentMode: 'buffer',
  });
  const stream = new LineBatch({
    // As bytes: of a text, the stream counts the bytes first and copies them once more when they are written.
    write: (lines) => output.write(Buffer.from(lines)),
    flushSync: () => {
      output.flushSync();
    },
  });
  return {
    stream,
    flush: () => {
      stream.flushSync();
    },
  };
}

/** Written at once: a person waits for it, and it must not mix with what else the terminal shows. */
function prettyStream(isTerminal: boolean): DestinationStream {
  return pretty({
    destination: 1,
    sync: true,
    colorize: isTerminal && (process.env['NO_COLOR'] ?? '') === '',
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
    messageFormat: (line) => readableLine(line),
  });
}

/** Nest hands over sentences, errors, or a sentence with facts: `{ message, … }`. */
function takenApart(message: unknown): { text: string; facts: Readonly<Record<string, unknown>> } {
  if (message instanceof Error) return { text: message.message, facts: { stack: message.stack } };
  if (typeof message !== 'object' || message === null) return { text: String(message), facts: {} };
  const { message: text, ...facts } = message as Readonly<Record<string, unknown>>;
  return { text: typeof text === 'string' ? text : 'event', facts };
}
