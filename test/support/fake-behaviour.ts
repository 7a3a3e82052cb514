import type { IncomingHttpHeaders } from 'node:http';

/** How a call is answered. Absent members mean the behaviour of OpenAI. */
export interface FakeBehaviour {
  /** HTTP status, default 200; 400 and above are answered with an error envelope. */
  readonly status?: number;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole body in place of the generated one. Bytes need {@link FakeUpstream.enqueue}. */
  readonly body?: string | Buffer;
  /** Text of the response in place of the usual one, wherever the operation has one. */
  readonly text?: string;
  /** Number of content events, which is the number of completion tokens; default 3. */
  readonly chunks?: number;
  /** Characters of each content event, default 6. */
  readonly chunkLength?: number;
  /** Pause before each content event, milliseconds. */
  readonly delayMs?: number;
  /** Pause before the head, milliseconds. */
  readonly firstDelayMs?: number;
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly completionTokens?: number;
  /** `none` sends no usage; any other value is sent in its place, verbatim. */
  readonly usage?: unknown;
  /** Sends the usage event although the request does not ask for it. */
  readonly forcesUsage?: boolean;
  /** Writes JSON with spaces behind colons and commas. */
  readonly isSpaced?: boolean;
  /** Line end of the event stream, default LF. */
  readonly lineEnd?: '\n' | '\r\n' | '\r';
  /** Size in bytes of the chunks in which the body is written, each on its own. */
  readonly splitEvery?: number;
  /** Number of bytes of the body after which the connection is destroyed. */
  readonly cutAfterBytes?: number;
  /** Destroys the connection in place of an answer. */
  readonly cutBeforeHead?: boolean;
  /** Answers nothing, or nothing more after the head or the first content event. */
  readonly hang?: 'before-head' | 'after-head' | 'after-first-chunk';
  /** Leaves the connection open behind the last byte. */
  readonly staysOpen?: boolean;
  /** Answers a stream with plain JSON, or a plain call with a stream. */
  readonly swapsForm?: boolean;
}

/** The upstream's own account of one call. */
export interface FakeRecord {
  readonly id: string;
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly requestBytes: Buffer;
  readonly model: string;
  /** The body's `user`, else the header `x-fake-user`, else `null`. */
  readonly user: string | null;
  readonly isStream: boolean;
  /** Tokens that this upstream bills: all of them, or those sent until the call broke off. */
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  status: number;
  /** Every byte of the body that was written. */
  readonly sent: Buffer;
  /** Their number. */
  sentBytes: number;
  /** Bytes that were written and that the connection did not take at once. */
  backlogBytes: number;
  state: 'running' | 'complete' | 'aborted' | 'cut';
}
