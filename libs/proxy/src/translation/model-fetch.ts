import { ByteSequence } from '#libs/common';
import { decodedStream } from '../settlement/decoded-responses.js';
import type { HeadResult, UpstreamCall, UpstreamRequest } from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';

/** Starts a call to an upstream; a promise where its request has to be signed first. */
export type SendRequest = (request: UpstreamRequest) => UpstreamCall | Promise<UpstreamCall>;

/** Bytes of a response that a package has not read yet, before the upstream is not read any more. */
const MAX_UNREAD_BYTES = 65_536;
/** Statuses whose responses have no body, which `Response` insists on. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * The `fetch` of one translated call: a package of the AI SDK makes the request and reads the response, and the gateway's own
 * transport sends it, with its limits, its proxy and its credentials.
 */
export class ModelFetch {
  private call: UpstreamCall | null = null;
  private ended: UpstreamFailure | null = null;
  private responded: HeadResult['head'] = null;
  private abortedAs: UpstreamFailureKind | null = null;

  /** @param send sends a request, with the credential that it needs */
  constructor(private readonly send: SendRequest) {}

  /** True as soon as anything of a request may have reached the upstream. */
  get wasSent(): boolean {
    return this.call?.wasSent ?? false;
  }

  /** How the call failed; `null` while it has not. */
  get failure(): UpstreamFailure | null {
    return this.ended;
  }

  /** Status and headers of the upstream's response; `null` before they have come. */
  get head(): HeadResult['head'] {
    return this.responded;
  }

  /** Ends the call. */
  abort(kind: UpstreamFailureKind): void {
    this.abortedAs ??= kind;
    this.call?.abort(kind);
  }

  /**
   * Sends a request as the standard `fetch` does.
   * @throws TypeError without a response; {@link failure} says why
   */
  readonly fetch = async (
    input: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    const request = requestOf(new URL(input instanceof Request ? input.url : input), init);
    const call = await this.send(request);
    this.call = call;
    if (this.abortedAs !== null) call.abort(this.abortedAs);
    const { head, failure } = await call.responded;
    if (failure !== null) {
      this.ended = failure;
      throw new TypeError('no response', { cause: failure.cause });
    }
    this.responded = head;
    const { status } = head;
    const headers = new Headers();
    for (const [name, value] of Object.entries(head.headers))
      if (name !== 'content-encoding' && name !== 'content-length' && value !== undefined)
        headers.set(name, String(value));
    const body = this.bodyOf(head, call);
    return new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers });
  };

  private bodyOf(
    head: NonNullable<HeadResult['head']>,
    call: UpstreamCall,
  ): ReadableStream<Uint8Array> {
    const source = decodedStream(head, call);
    let isOpen = true;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          source.receive({
            onData: (chunk) => {
              if (!isOpen) return;
              controller.enqueue(chunk);
              if ((controller.desiredSize ?? 0) <= 0) source.pause();
            },
            onEnd: () => {
              if (isOpen) controller.close();
              isOpen = false;
            },
            onFailure: (failure) => {
              this.ended = failure;
              if (isOpen) controller.error(failure.cause);
              isOpen = false;
            },
          });
        },
        pull: () => {
          source.resume();
        },
        cancel: () => {
          isOpen = false;
          source.abort('aborted');
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
    );
  }
}

function requestOf(url: URL, { method = 'GET', headers, body }: RequestInit): UpstreamRequest {
  const bytes = typeof body === 'string' ? [Buffer.from(body)] : [];
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new TypeError('a package sends another body than text');
  return {
    method,
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    headers: Object.fromEntries(new Headers(headers)),
    body: new ByteSequence(bytes),
  };
}
