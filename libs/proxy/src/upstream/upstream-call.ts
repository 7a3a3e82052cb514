import type { IncomingHttpHeaders } from 'node:http';
import type { ByteSequence } from '#libs/common';
import type { UpstreamFailure, UpstreamFailureKind } from './upstream-failure.js';

/** One request to an upstream, complete. */
export interface UpstreamRequest {
  /** In upper case. */
  readonly method: string;
  /** Scheme, host and port, from the configuration alone. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a request without one. */
  readonly body: ByteSequence;
}

/** Status and headers of an upstream's response. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** The result of the wait for a response. */
export type HeadResult =
  | { readonly head: ResponseHead; readonly failure: null }
  | { readonly head: null; readonly failure: UpstreamFailure };

/** Receives the body of a response. Exactly one of `onEnd` and `onFailure` is called, once and last. */
export interface BodySink {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

/** A body that flows to its receiver. */
export interface BodySource {
  /** Names the receiver of the body, and lets it flow. Called once, after the head of the response. */
  receive(sink: BodySink): void;
  /** Stops the flow. The upstream is not read either, as soon as what is buffered is full. */
  pause(): void;
  /** Lets the body flow again. Does nothing without a receiver and once the call has ended. */
  resume(): void;
  /** Ends the call, with this kind of failure. Does nothing once the call has ended. */
  abort(kind: UpstreamFailureKind): void;
}

/** One running call to an upstream. No byte of the body is delivered before {@link BodySource.receive}. */
export interface UpstreamCall extends BodySource {
  /** Resolves with the head of the response, or with the failure that came first. Never rejects. */
  readonly responded: Promise<HeadResult>;
  /** True as soon as anything of the request may have reached the upstream. Then the call may have been billed. */
  readonly wasSent: boolean;
}

/** Limits of one call. */
export interface CallLimits {
  /** Milliseconds for the whole call. */
  readonly totalMs: number;
  /** Milliseconds until the first byte of the response's body. */
  readonly firstByteMs: number;
  /** Milliseconds between two bytes of the body while they are asked for; `null` means without a limit. */
  readonly silenceMs: number | null;
}

/**
 * Makes calls to upstreams. Accounting, retries and streaming know a call only as an {@link UpstreamCall}; this class is
 * the injection token of the implementation in use.
 */
export abstract class UpstreamTransport {
  /**
   * Starts a call. Never throws: a call that cannot be made has failed.
   * @param limits limits of the call, counted from now
   */
  abstract send(request: UpstreamRequest, limits: CallLimits): UpstreamCall;
}
