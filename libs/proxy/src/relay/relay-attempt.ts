import type { GatehouseError } from '#libs/common';
import { BY_NOTHING, type TokenUsage } from '#libs/spend';
import { estimatedUsage } from '../endpoints/estimate.js';
import { ByteTap } from '../streaming/byte-tap.js';
import { collectBody, readResponse, type ResponseReading } from '../streaming/buffered-response.js';
import { estimateStreamOutput } from '../streaming/output-estimate.js';
import { StreamPump } from '../streaming/stream-pump.js';
import { classOfConnection } from '../routing/attempt-failure.js';
import { errorOfFailure } from '../upstream/failure-error.js';
import {
  isEventStream,
  isJson,
  isSuccessStatus,
  mayHoldCompletion,
} from '../upstream/response-headers.js';
import type { HeadResult, ResponseHead, UpstreamCall } from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';
import { isCredentialRefusal } from '../upstream/refusals.js';
import type { AttemptResult, AttemptEntry, Settlement } from './attempt-accounting.js';
import type { AttemptEnding } from './attempt-ending.js';
import { credentialRejected, unreadable } from './attempt-errors.js';
import { plainHeaders, streamHeaders } from './client-headers.js';
import { decodedStream, decodedWhole } from './decoded-responses.js';
import { keepAliveOf } from './requested-keep-alive.js';
import { readStream, type ResponseNotes } from './read-stream.js';
import { isStreamOfElements, type EnteredCall } from './relay-call.js';

/** The end of an attempt as its response tells it. */
interface AttemptFacts extends Omit<AttemptResult, 'search' | 'units'> {
  /** Outputs that the response holds; `null` where they were not counted. */
  readonly items: number | null;
}

const NO_BYTES = Buffer.alloc(0);
const DELIVERED: AttemptEnding = { kind: 'delivered', failure: null };

/**
 * One attempt at one deployment, from the head of its response to its entry in the spend journal. The entry is
 * always settled before the last byte of the response leaves.
 */
export class RelayAttempt {
  /**
   * @param entry its spend entry, open
   */
  constructor(
    private readonly call: EnteredCall,
    private readonly upstreamCall: UpstreamCall,
    private readonly entry: AttemptEntry,
    private readonly reading: ResponseNotes,
  ) {}

  /**
   * Sees the attempt to its end.
   * @param response what the wait for a response came to
   * @throws GatehouseError `upstream_unreachable`, `upstream_timeout`, `upstream_invalid`,
   * `upstream_credential_rejected`, `shutting_down` when it failed in a way that must not be repeated
   */
  endOf({ head, failure }: HeadResult): Promise<AttemptEnding> {
    if (failure !== null) return this.withoutResponse(failure);
    const { streaming } = this.call.endpoint;
    if (streaming === 'none' || !isSuccessStatus(head.status)) return this.plain(head);
    if (isEventStream(head.headers)) return this.stream(head, false);
    if (isStreamOfElements(this.call, head)) return this.stream(head, true);
    return streaming === 'bytes' && !isJson(head.headers) ? this.bytes(head) : this.plain(head);
  }

  private async withoutResponse(failure: UpstreamFailure): Promise<AttemptEnding> {
    if (!failure.wasSent) {
      await this.entry.release();
      return { kind: 'unsent', failure };
    }
    const { recorded } = this.settle({
      usage: null,
      interim: null,
      estimate: this.isFreeOperation ? null : () => this.estimate(0),
      serviceTier: this.serviceTier(null),
      succeeded: false,
      upstreamStatus: null,
      items: null,
    });
    if (recorded !== null) await recorded;
    const isUnanswered = failure.kind === 'timeout' || failure.kind === 'unreachable';
    return isUnanswered && !this.call.client.isGone
      ? { kind: 'unanswered', failure }
      : this.fail(errorOfFailure(failure, this.call.deployment.id));
  }

  /** A stream of events, or of the elements of an array, into which no error can be written: one that breaks off is cut. */
  private async stream(head: ResponseHead, isArray: boolean): Promise<AttemptEnding> {
    const { client, visit } = this.call;
    const { objects } = this.reading;
    const { tap, events } = readStream(this.call, this.entry, this.reading, isArray);
    const open = (): void => {
      client.open(head.status, streamHeaders(head, this.call), events);
    };
    const begin = (): void => {
      visit.firstByte();
      open();
    };
    const keepAlive = keepAliveOf(this.call, open);
    const source = decodedStream(head, this.upstreamCall);
    const gated = { source, client, tap, gate: objects, events, keepAlive };
    const failure = await new StreamPump(gated, begin).ended;
    const last = tap.finish();
    if (objects.pending !== null) await objects.pending;
    const { reading } = tap;
    const { recorded } = this.settle({
      usage: reading.isFinal ? reading.usage : null,
      interim: reading.interim,
      estimate:
        this.isFreeOperation || this.isFree(failure?.kind ?? null, reading.isEmpty)
          ? null
          : () => this.estimate(estimateStreamOutput(reading)),
      serviceTier: this.serviceTier(reading.serviceTier),
      succeeded: failure === null && !reading.isEmpty,
      upstreamStatus: head.status,
      items: reading.items,
    });
    if (recorded !== null) await recorded;
    if (failure !== null) return this.breakOff(failure);
    open();
    client.end(last);
    return DELIVERED;
  }

  /** A response that is not read. One that breaks off is cut at the client, too. */
  private async bytes(head: ResponseHead): Promise<AttemptEnding> {
    const { client } = this.call;
    const open = (): void => {
      client.open(head.status, streamHeaders(head, this.call), null);
    };
    const source = decodedStream(head, this.upstreamCall);
    const failure = await new StreamPump({ source, client, tap: new ByteTap(), events: null }, open)
      .ended;
    const { recorded } = this.settle({
      usage: null,
      interim: null,
      estimate: this.isFree(failure?.kind ?? null, false) ? null : () => this.estimate(0),
      serviceTier: this.serviceTier(null),
      succeeded: failure === null,
      upstreamStatus: head.status,
      items: null,
    });
    if (recorded !== null) await recorded;
    if (failure !== null) return this.fail(errorOfFailure(failure, this.call.deployment.id));
    open();
    client.end([]);
    return DELIVERED;
  }

  /**
   * Returns true when the client has received nothing and the upstream has generated nothing that is known of: the
   * response holds an error alone or nothing, or it broke off before that. What the gateway or the client ended is not
   * free: the upstream may have billed it.
   */
  private isFree(failed: UpstreamFailureKind | null, isEmpty: boolean): boolean {
    const { client } = this.call;
    if (failed === null) return isEmpty;
    return (
      (failed === 'cut' || failed === 'invalid') && !client.isGone && (isEmpty || !client.isOpen)
    );
  }

  private get isFreeOperation(): boolean {
    return this.call.endpoint.billing === BY_NOTHING;
  }

  /** A stream that has begun ends with an error event; one that has not is answered with an error status. */
  private breakOff(failure: UpstreamFailure): AttemptEnding {
    const { client, deployment, state } = this.call;
    const error = errorOfFailure(failure, deployment.id);
    if (client.isGone || !client.endWith(error)) return this.fail(error);
    state.log['reason'] = error.code;
    return { kind: 'delivered', failure: classOfConnection(failure.kind) };
  }

  private async plain(head: ResponseHead): Promise<AttemptEnding> {
    const collected = collectBody(this.upstreamCall);
    const { bytes, failure } = collected instanceof Promise ? await collected : collected;
    const decoding = decodedWhole(head, { bytes, failure });
    const decoded = decoding instanceof Promise ? await decoding : decoding;
    const { responseFormat } = this.call.endpoint;
    const answer = readResponse(responseFormat, decoded ?? bytes, this.reading.dropsUsage);
    const failed = decoded === null ? failedKind(failure) : null;
    const settlement = this.settlePlain(head, answer, failed);
    if (settlement.recorded !== null) await settlement.recorded;
    const error = this.errorOfPlain(head, failure, decoded, answer);
    if (error !== null) return this.failAfter(head, error);
    if (isSuccessStatus(head.status)) {
      this.call.visit.answered(settlement.usage);
      await this.reading.objects.noteBody(answer.body);
    }
    const headers = plainHeaders(head, this.call, settlement);
    return { kind: 'answered', answer: { status: head.status, head, headers, body: answer.body } };
  }

  private settlePlain(
    head: ResponseHead,
    answer: ResponseReading,
    failed: UpstreamFailureKind | null,
  ): Settlement {
    const isSuccess = isSuccessStatus(head.status);
    const isEmpty = this.holdsNothing(head, answer);
    const isFree = this.isFreeOperation || !isSuccess || this.isFree(failed, isEmpty);
    return this.settle({
      usage: answer.usage,
      interim: answer.interim,
      // A refusal of the upstream costs the usage that it reports, which as a rule is nothing.
      estimate: isFree ? null : () => this.estimate(answer.estimateOutput()),
      serviceTier: this.serviceTier(answer.serviceTier),
      succeeded: isSuccess && failed === null && !isEmpty,
      upstreamStatus: head.status,
      items: answer.items,
    });
  }

  /** Redirects are never followed: the credential would travel with the request. */
  private errorOfPlain(
    head: ResponseHead,
    failure: UpstreamFailure | null,
    decoded: Buffer | null,
    answer: ResponseReading,
  ): GatehouseError | null {
    if (failure !== null) return errorOfFailure(failure, this.call.deployment.id);
    if (isCredentialRefusal(head.status, decoded ?? NO_BYTES))
      return credentialRejected(this.call.deployment, head.status);
    if (decoded === null) return unreadable(this.call.deployment, 'content coding');
    if (this.isUnreadable(head, answer)) return unreadable(this.call.deployment, 'content type');
    return head.status >= 300 && head.status < 400
      ? unreadable(this.call.deployment, 'redirect')
      : null;
  }

  /** Another deployment may accept its own credential. */
  private failAfter(head: ResponseHead, error: GatehouseError): AttemptEnding {
    return error.code === 'upstream_credential_rejected' && !this.call.client.isGone
      ? { kind: 'rejected', error, head }
      : this.fail(error);
  }

  /** A client that has gone needs no error; its call has been booked. */
  private fail(error: GatehouseError): AttemptEnding {
    if (this.call.client.isGone) return DELIVERED;
    throw error;
  }

  private settle({ items, ...facts }: AttemptFacts): Settlement {
    const { state, cost, progress, endpoint, request, deployment, outputLimit } = this.call;
    progress.lastAttempt = { deployment, succeeded: facts.succeeded, outputLimit };
    const search = endpoint.searchesOf?.(deployment, request.scan, items) ?? null;
    const units = endpoint.units?.count(request, items) ?? null;
    const settlement = this.entry.settle({ ...facts, search, units });
    const { log } = state;
    state.booked = progress.bookedWith(cost);
    log['usage_source'] = settlement.usageSource;
    if (settlement.isSuspect) log['usage_suspect'] = true;
    if (!settlement.isPriced) log['unpriced'] = true;
    return settlement;
  }

  /** A successful response that is not a model's: a page of HTML, for instance. */
  private isUnreadable({ status, headers }: ResponseHead, answer: ResponseReading): boolean {
    const isReadable = answer.isReadable && mayHoldCompletion(headers);
    return this.call.endpoint.streaming !== 'bytes' && isSuccessStatus(status) && !isReadable;
  }

  private holdsNothing(head: ResponseHead, answer: ResponseReading): boolean {
    return answer.isEmpty || this.isUnreadable(head, answer);
  }

  /** What the answer was given at counts, not what was asked for: an upstream may fall back. */
  private serviceTier(answered: string | null): string | null {
    return answered ?? this.call.request.serviceTier;
  }

  private estimate(outputTokens: number): TokenUsage {
    const { endpoint, request } = this.call;
    const whole = endpoint.estimateUsage?.(request, outputTokens);
    return whole ?? estimatedUsage(endpoint.estimateInput(request.scan), outputTokens);
  }
}

/** A whole body that cannot be decoded is invalid. */
function failedKind(failure: UpstreamFailure | null): UpstreamFailureKind {
  return failure?.kind ?? 'invalid';
}
