import type { CallIntent, CallOutcome, CallProgress, CallRef } from '../costs/call-records.js';

/** A call is about to be made. */
interface IntentRecord {
  readonly kind: 'intent';
  readonly intent: CallIntent;
}

/** A call ended. */
interface SettlementRecord {
  readonly kind: 'settlement';
  readonly ref: CallRef;
  readonly outcome: CallOutcome;
}

/** A call reached no upstream after all. */
interface ReleaseRecord {
  readonly kind: 'release';
  readonly ref: CallRef;
}

/** A call goes on. */
interface ProgressRecord {
  readonly kind: 'progress';
  readonly ref: CallRef;
  readonly progress: CallProgress;
}

/** One fact of the spend journal. */
export type JournalRecord = IntentRecord | SettlementRecord | ReleaseRecord | ProgressRecord;

const BIGINT_MARK = /^-?\d{1,40}$/;
const DATE_MEMBERS: ReadonlySet<string> = new Set(['startedAt', 'endedAt', 'admittedAt']);
const PICO_MEMBERS: ReadonlySet<string> = new Set(['reservedPico', 'expectedPico', 'costPico']);

/** The attempt that a record is about. */
export function refOf(record: JournalRecord): CallRef {
  return record.kind === 'intent' ? record.intent : record.ref;
}

/** A text by which records of one attempt find each other. */
export function keyOf(ref: CallRef): string {
  return `${String(ref.startedAt.getTime())} ${String(ref.attempt)} ${ref.requestId}`;
}

/**
 * Reads what `encodeRecord` wrote.
 * @param payload the bytes, whose checksum has been compared
 * @returns `null` when they are not a record of this version
 */
export function decodeRecord(payload: Buffer): JournalRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'), revive);
  } catch {
    return null;
  }
  return isRecord(value) ? current(value) : null;
}

/**
 * An intent of an earlier version has no `expectedPico`. What was held is booked for it, as that version did. One may
 * have no origin, no admission and no expected tokens either.
 */
function current(record: JournalRecord): JournalRecord {
  if (record.kind !== 'intent') return record;
  const intent: Omit<CallIntent, LaterMember> & Partial<CallIntent> = record.intent;
  return {
    kind: 'intent',
    intent: {
      ...intent,
      expectedPico: intent.expectedPico ?? intent.reservedPico,
      expectedInputTokens: intent.expectedInputTokens ?? 0,
      expectedOutputTokens: intent.expectedOutputTokens ?? 0,
      client: intent.client ?? null,
      tags: intent.tags ?? [],
      admittedAt: intent.admittedAt ?? null,
      holds: intent.holds ?? [],
    },
  };
}

/** Members that an intent of an earlier version lacks. */
type LaterMember =
  | 'expectedPico'
  | 'expectedInputTokens'
  | 'expectedOutputTokens'
  | 'client'
  | 'tags'
  | 'admittedAt'
  | 'holds';

function revive(name: string, value: unknown): unknown {
  if (DATE_MEMBERS.has(name) && typeof value === 'number') return new Date(value);
  if (PICO_MEMBERS.has(name) && typeof value === 'string' && BIGINT_MARK.test(value)) {
    return BigInt(value);
  }
  return value;
}

function isRecord(value: unknown): value is JournalRecord {
  if (!isObject(value)) return false;
  switch (value['kind']) {
    case 'intent':
      return isRef(value['intent']) && isObject(value['intent']['attribution']);
    case 'settlement':
      return isRef(value['ref']) && isObject(value['outcome']);
    case 'release':
      return isRef(value['ref']);
    case 'progress':
      return isRef(value['ref']) && isObject(value['progress']);
    default:
      return false;
  }
}

function isRef(value: unknown): value is CallRef & Record<string, unknown> {
  return (
    isObject(value) &&
    typeof value['requestId'] === 'string' &&
    typeof value['attempt'] === 'number' &&
    value['startedAt'] instanceof Date
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
