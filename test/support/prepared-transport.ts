import {
  UpstreamTransport,
  type BodySink,
  type HeadResult,
  type UpstreamCall,
  type UpstreamFailureKind,
  type UpstreamRequest,
} from '#libs/proxy';

/** A response that is prepared before the call. */
export interface PreparedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Buffer[];
  /** How the body ends: complete, broken off, or not at all. */
  readonly ending: 'end' | 'cut' | 'hang';
  /** `unsent`: no connection. `silent`: the request is taken and no head comes. */
  readonly before?: 'unsent' | 'silent';
}

/** A transport without network and without undici: each call yields the next prepared response. */
export class PreparedTransport extends UpstreamTransport {
  readonly calls: PreparedCall[] = [];
  private readonly prepared: PreparedResponse[] = [];

  /** Answers the next calls, in this order. */
  prepare(...responses: readonly PreparedResponse[]): void {
    this.prepared.push(...responses);
  }

  override send(request: UpstreamRequest): UpstreamCall {
    const response = this.prepared.shift();
    if (response === undefined) throw new TypeError('no response is prepared');
    const call = new PreparedCall(request, response);
    this.calls.push(call);
    return call;
  }
}

class PreparedCall implements UpstreamCall {
  readonly responded: Promise<HeadResult>;
  /** How often the reader has stopped the flow. */
  pauses = 0;
  /** Why the relay has ended the call; `null` when it has not. */
  abortedAs: UpstreamFailureKind | null = null;
  private reportHead: (result: HeadResult) => void = () => undefined;
  private sink: BodySink | null = null;
  private next = 0;
  private isPaused = false;
  private hasResponded = false;
  private hasEnded = false;

  constructor(
    readonly request: UpstreamRequest,
    private readonly response: PreparedResponse,
  ) {
    this.responded = new Promise((resolve) => {
      this.reportHead = resolve;
    });
    if (response.before === 'unsent') this.fail('unreachable');
    else if (response.before === undefined) setImmediate(this.respond);
  }

  get wasSent(): boolean {
    return this.response.before !== 'unsent';
  }

  receive(sink: BodySink): void {
    this.sink = sink;
    setImmediate(this.flow);
  }

  pause(): void {
    this.pauses += 1;
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    setImmediate(this.flow);
  }

  abort(kind: UpstreamFailureKind): void {
    if (this.hasEnded) return;
    this.abortedAs = kind;
    this.fail(kind);
  }

  private readonly respond = (): void => {
    if (this.hasEnded) return;
    this.hasResponded = true;
    const { status, headers } = this.response;
    this.reportHead({ head: { status, headers }, failure: null });
  };

  private readonly flow = (): void => {
    const { chunks } = this.response;
    for (let chunk = chunks[this.next]; chunk !== undefined; chunk = chunks[this.next]) {
      if (this.isPaused || this.hasEnded) return;
      this.next += 1;
      this.sink?.onData(chunk);
    }
    if (!this.isPaused && !this.hasEnded) this.finish();
  };

  private finish(): void {
    const { ending } = this.response;
    if (ending === 'cut') this.fail('cut');
    if (ending !== 'end') return;
    this.hasEnded = true;
    this.sink?.onEnd();
  }

  private fail(kind: UpstreamFailureKind): void {
    this.hasEnded = true;
    const failure = { kind, wasSent: this.wasSent, cause: new Error(kind) };
    if (this.hasResponded) this.sink?.onFailure(failure);
    else this.reportHead({ head: null, failure });
  }
}
