/** The usage of a buffered response. */
export interface BodyReport {
  /** The `usage` object as received; `null` when there is none. */
  readonly usage: object | null;
  /** The price class that the response names; `null` when it names none. */
  readonly serviceTier: string | null;
  /** True when it reports an error and holds no output. */
  readonly isError: boolean;
  /** True when it says that it has failed or is not whole, also where it holds output; left out for false. */
  readonly hasFailed?: boolean;
  /** Outputs that are billed by number; left out where they are not counted. */
  readonly items?: number;
}

/** The usage of a stream, in one event. */
export interface UsageReport {
  /** The `usage` object as received. */
  readonly usage: object;
  /** The price class that the event names; `null` when it names none. */
  readonly serviceTier: string | null;
  /** True when the event has no other content, so that it can be kept from a client that did not ask for it. */
  readonly isAlone: boolean;
  /** Outputs of the event that are billed by number; left out where they are not counted. */
  readonly items?: number;
}

/** What one look through the bytes of an event or a body finds. */
export interface EventSigns {
  /** Bytes of generated text, as they are in the JSON. Used only for estimates. */
  readonly textBytes: number;
  /** True for an event that ends a part of the response, for example a choice. */
  readonly isFinish: boolean;
  /** False where {@link ResponseFormat.usageOfEvent} would find nothing. */
  readonly mayHoldUsage: boolean;
}

/** How the responses of an endpoint are read. Events and bodies are latin1 text, one character a byte. */
export interface ResponseFormat {
  /** True where a stream may also be a JSON array, of which each element is an event; left out for false. */
  readonly hasArrays?: boolean;
  /**
   * `typed` where events have a member `type`, and `numbered` where they have a `sequence_number` as well; left out for neither.
   */
  readonly events?: 'typed' | 'numbered';
  /**
   * What a whole stream has, so that one that ends without it broke off, also where its connection ended in order: `done`, its
   * last event; `finish`, as soon as text has come, a finish or its last event. `null` or left out where nothing tells.
   */
  readonly endsWith?: 'done' | 'finish' | null;
  /**
   * Reads a buffered response.
   * @param body decoded bytes; may be cut anywhere
   */
  readBody(body: Buffer): BodyReport;
  /**
   * Looks for signs of what is of interest; called for every event of a stream, so it must be cheap.
   * @param json an event or a body; may be cut anywhere
   */
  signsOf(json: string): EventSigns;
  /** Returns the usage of an event, `null` when it has none. Parses it. */
  usageOfEvent(event: string): UsageReport | null;
  /**
   * Returns the usage that two reports of a stream make together; left out where the later one holds everything.
   * @param earlier what was reported until now
   */
  combined?(earlier: UsageReport, later: UsageReport): UsageReport;
  /** Returns true when an event holds anything but a comment, an error and the end of the stream. */
  hasContent(event: string): boolean;
  /** Returns true for an event that says that the upstream works on the response; left out where none says so before its output. */
  begins?(event: string): boolean;
  /** Returns true for an event that says that the response has failed or is not whole, also behind output. Called for every event. */
  isFailure(event: string): boolean;
  /** Returns true for the event that ends the stream. It may hold the usage, too. */
  isDone(event: string): boolean;
  /**
   * Returns true for an event that may hold the usage although it is longer than 256 KiB; left out where none is.
   * @param head its first bytes
   */
  mayBeLong?(head: string): boolean;
}
