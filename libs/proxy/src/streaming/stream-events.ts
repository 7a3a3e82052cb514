import { wireErrorBodyOf, type GatehouseError, type WireFormat } from '#libs/common';
import type { ResponseFormat } from './response-format.js';
import { jsonDataOf } from './stream-event.js';

type Members = Readonly<Record<string, unknown>>;

const PING_EVENT = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');
const PING_COMMENT = Buffer.from(': ping\n\n');
/** A blank line ends an event (WHATWG HTML, 9.2.6). */
const WHOLE = /[\r\n]{2}$/;

/** Whose events a stream has. */
interface EventsOfCall {
  readonly format: Pick<ResponseFormat, 'events'>;
  readonly wire: WireFormat;
  /** Ours, as in `x-request-id`. */
  readonly requestId: string;
}

/** What the gateway writes into a stream of events beside those of its upstream. */
export class StreamEvents {
  /** False within an event that goes on to the client while it grows: nothing can be written then. */
  isBetween = true;
  /** The event that came last, as latin1 text. */
  private last: string | null = null;

  constructor(private readonly of: EventsOfCall) {}

  /** Notes an event of the upstream. A comment, and one that broke off, does not count. */
  note(event: string): void {
    if (!event.startsWith(':') && WHOLE.test(event)) this.last = event;
  }

  /** What shows that the stream is alive: an event `ping` on Anthropic's routes, else a comment. Clients pass over it. */
  get ping(): Buffer {
    return this.of.wire === 'anthropic' ? PING_EVENT : PING_COMMENT;
  }

  /**
   * Returns the event that tells a client that its stream broke off, in the form that clients of its API read: the gateway's
   * envelope as `data`. Anthropic's clients know it by its name; in a stream whose events have types, as those of OpenAI's
   * Responses API, it has one, too, with the members of such an event and the next number in their order.
   * No end of the stream follows, so that a client does not take the response for complete.
   */
  errorEvent(error: GatehouseError): Buffer {
    const { wire, requestId } = this.of;
    const body = wireErrorBodyOf(error, wire, requestId);
    const typed = wire === 'openai' ? this.typedMembers(body.error) : null;
    const name = wire === 'anthropic' || typed !== null ? 'event: error\n' : '';
    return Buffer.from(`${name}data: ${JSON.stringify({ ...typed, ...body })}\n\n`);
  }

  /** `null` for a stream whose events have no types. */
  private typedMembers(error: Members): Members | null {
    const { events } = this.of.format;
    const last = this.last === null ? null : jsonDataOf(this.last);
    if (events === undefined && typeof last?.['type'] !== 'string') return null;
    const { reason: code, message, param } = error;
    const number = last?.['sequence_number'];
    if (typeof number === 'number')
      return { type: 'error', code, message, param, sequence_number: number + 1 };
    return events === 'numbered'
      ? { type: 'error', code, message, param, sequence_number: 0 }
      : { type: 'error' };
  }
}
