import { BinaryTap } from '../streaming/binary-tap.js';
import { wireOf } from '../dialects/dialect-table.js';
import { ElementBoundaries } from '../streaming/element-boundaries.js';
import { estimateStreamOutput } from '../streaming/output-estimate.js';
import { StreamEvents } from '../streaming/stream-events.js';
import type { StreamTap } from '../streaming/stream-pump.js';
import { UsageTap } from '../streaming/usage-tap.js';
import type { AttemptEntry } from '../settlement/attempt-accounting.js';
import type { EnteredCall, StreamForm } from '../planning/relay-call.js';
import type { BackgroundRun } from './background-run.js';
import type { ResponseObjects } from './response-objects.js';

/** What is done with a response beside passing it on. */
export interface ResponseNotes {
  /** The client must not see the usage event. */
  readonly dropsUsage: boolean;
  readonly objects: ResponseObjects;
  /** What may go on at the upstream behind the call; `null` for nothing. */
  readonly run: BackgroundRun | null;
}

/** What a stream is read by, and what can be written into it: nothing but events into events. */
interface ReadStream {
  readonly tap: StreamTap & Pick<UsageTap, 'reading' | 'isCut'>;
  readonly events: StreamEvents | null;
}

/**
 * Returns what the stream of an attempt is read by.
 * @param entry told of the progress
 * @param form what its events are in
 */
export function readStream(
  call: EnteredCall,
  entry: Pick<AttemptEntry, 'noteProgress'>,
  { dropsUsage, objects }: ResponseNotes,
  form: StreamForm,
): ReadStream {
  const {
    endpoint,
    access: { requestId },
  } = call;
  const { responseFormat: format } = endpoint;
  const events =
    form !== 'events'
      ? null
      : new StreamEvents({ format, wire: endpoint.errorWire ?? wireOf(endpoint), requestId });
  const watch = {
    onProgress: (reading: UsageTap['reading']) => {
      entry.noteProgress(estimateStreamOutput(reading));
    },
    onEvent: (event: string) => {
      events?.note(event);
      objects.noteEvent(event);
    },
  };
  const boundaries = form === 'elements' ? new ElementBoundaries() : undefined;
  const tap = new UsageTap(format, dropsUsage, watch, boundaries);
  return { tap: form === 'frames' ? new BinaryTap(tap) : tap, events };
}
