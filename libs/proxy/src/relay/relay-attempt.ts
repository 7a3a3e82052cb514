import type { GatehouseError } from '#libs/common';
import { BY_NOTHING, BY_REQUEST, mergedPriceClass, type TokenUsage } from '#libs/spend';
import { estimatedUsage } from '../endpoints/request/estimate.js';
import { ByteTap } from '../streaming/byte-tap.js';
import { collectBody, readResponse, type ResponseReading } from '../streaming/buffered-response.js';
import { estimateStreamOutput } from '../streaming/output-estimate.js';
import { StreamPump } from '../streaming/stream-pump.js';
import type { TapReading } from '../streaming/usage-tap.js';
import { classOfConnection } from '../routing/attempt-failure.js';
import { errorOfFailure } from '../upstream/failure-error.js';
import { isJson, isSuccessStatus } from '../upstream/response-headers.js';
import type { HeadResult, ResponseHead, UpstreamCall } from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';
import type { AttemptResult, AttemptEntry, Settlement } from '../settlement/attempt-accounting.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import { goesOn, type BackgroundRun } from './background-run.js';
import { plainHeaders, runningHeaders, streamHeaders } from './client-headers.js';
import { decodedStream, decodedWhole } from '../settlement/decoded-responses.js';
import {
  answeredWith,
  errorOfPlain,
  failedKind,
  holdsNothing,
  type PlainResponse,
} from './plain-response.js';
import { keepAliveOf } from '../planning/requested-keep-alive.js';
import { readStream, type ResponseNotes } from './read-stream.js';
import { streamFormOf, type EnteredCall, type StreamForm } from '../planning/relay-call.js';

/** The end of an attempt as its response tells it. */
interface AttemptFacts extends Omit<AttemptResult, 'search' | 'units'> {
  /** Outputs that the response holds; `null` where they were not counted. */
  readonly items: number | null;
}

/** A stream whose connection ended in order, without the end of the response. */
function unfinished(): UpstreamFailure {
  return { kind: 'cut', wasSent: true, cause: new Error('the stream has no last event') };
}

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
    const form = streamFormOf(this.call, head);
    if (form !== null) return this.stream(head, form);
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

  /** Into a stream of other than server-sent events no error can be written: one that breaks off is cut. */
  private async stream(head: ResponseHead, form: StreamForm): Promise<AttemptEnding> {
    const { client, visit } = this.call;
    const { objects } = this.reading;
    const { tap, events } = readStream(this.call, this.entry, this.reading, form);
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
    const broken = await new StreamPump(gated, begin).ended;
    const last = tap.finish();
    const failure = broken ?? (tap.isCut ? unfinished() : null);
    objects.noteEnd();
    if (objects.pending !== null) await objects.pending;
    if (tap.isDone || !this.handOver()) await this.settleStream(head, failure, tap.reading);
    if (failure !== null) return this.breakOff(failure);
    open();
    client.end(last);
    return DELIVERED;
  }

  /** Leaves the response to those who follow it to its end, where it may go on behind the call. */
  private handOver(): boolean {
    return this.reading.run?.handOver() ?? false;
  }

  private async settleStream(
    { status }: ResponseHead,
    failure: UpstreamFailure | null,
    reading: TapReading,
  ): Promise<void> {
    const settlement = this.settle({
      usage: reading.isFinal ? reading.usage : null,
      interim: reading.interim,
      estimate:
        this.isFreeOperation || this.isFree(failure?.kind ?? null, reading.isUnused)
          ? null
          : () => this.estimate(estimateStreamOutput(reading)),
      serviceTier: this.serviceTier(reading.serviceTier),
      succeeded: failure === null && !reading.isEmpty && !reading.hasFailed,
      upstreamStatus: status,
      items: reading.items,
    });
    if (settlement.recorded !== null) await settlement.recorded;
    await this.reading.run?.booked(settlement.costPico);
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
    const response = { head, failure, decoded, answer };
    const { run } = this.reading;
    return goesOn(run, response) ? this.leaveRunning(response, run) : this.endPlain(response);
  }

  private async endPlain(response: PlainResponse): Promise<AttemptEnding> {
    const { head, failure, decoded, answer } = response;
    const failed = decoded === null ? failedKind(failure) : null;
    const settlement = this.settlePlain(head, answer, failed);
    if (settlement.recorded !== null) await settlement.recorded;
    const error = errorOfPlain(this.call, response);
    if (error !== null) return this.failAfter(head, error);
    if (isSuccessStatus(head.status)) {
      this.call.visit.answered(settlement.usage);
      await this.reading.objects.noteBody(answer.body);
      await this.reading.run?.booked(settlement.costPico);
    }
    return answeredWith(head, plainHeaders(head, this.call, settlement), answer.body);
  }

  /** The response has an id and no end yet. */
  private async leaveRunning(
    { head, answer: { body } }: PlainResponse,
    run: BackgroundRun,
  ): Promise<AttemptEnding> {
    await this.reading.objects.noteBody(body);
    await run.leave();
    return answeredWith(head, runningHeaders(head, this.call), body);
  }

  private settlePlain(
    head: ResponseHead,
    answer: ResponseReading,
    failed: UpstreamFailureKind | null,
  ): Settlement {
    const isSuccess = isSuccessStatus(head.status);
    const isEmpty = holdsNothing(this.call.endpoint, { head, answer });
    const isFree = this.isFreeOperation || !isSuccess || this.isFree(failed, isEmpty);
    // The price of a request is for one that was served.
    const isCounted = isSuccess || this.call.endpoint.billing !== BY_REQUEST;
    return this.settle({
      usage: isCounted ? answer.usage : null,
      interim: answer.interim,
      // A refusal of the upstream costs the usage that it reports, which as a rule is nothing.
      estimate: isFree ? null : () => this.estimate(answer.estimateOutput()),
      serviceTier: this.serviceTier(answer.serviceTier),
      succeeded: isSuccess && failed === null && !isEmpty && !answer.hasFailed,
      upstreamStatus: head.status,
      items: answer.items,
    });
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

  /** What the answer was given at counts, not what was asked for: an upstream may fall back. */
  private serviceTier(answered: string | null): string | null {
    return mergedPriceClass(answered, this.call.request.serviceTier);
  }

  private estimate(outputTokens: number): TokenUsage {
    const { endpoint, request } = this.call;
    const whole = endpoint.estimateUsage?.(request, outputTokens);
    return whole ?? estimatedUsage(endpoint.estimateInput(request.scan), outputTokens);
  }
}
