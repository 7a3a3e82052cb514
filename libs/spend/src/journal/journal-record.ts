import type { PicoUsd } from '#libs/common';
import type { TokenUsage, UsageDetails } from '../costs/token-usage.js';
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

/** `numeric(38,12)` holds 26 digits before the point; less than that leaves room for sums. */
const MAX_PICO = 10n ** 30n;
const MAX_COUNT = 1_000_000_000;
const MAX_INT4 = 2_147_483_647;
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
 * The record as the database can certainly store it: text without NUL and without half surrogate
 * pairs, amounts and counts within range and never negative. One record that cannot be stored would
 * hold up all that follow.
 * @param record what the caller said
 */
export function storable(record: JournalRecord): JournalRecord {
  switch (record.kind) {
    case 'intent':
      return { kind: 'intent', intent: storableIntent(record.intent) };
    case 'settlement':
      return {
        kind: 'settlement',
        ref: storableRef(record.ref),
        outcome: storableOutcome(record.outcome),
      };
    case 'release':
      return { kind: 'release', ref: storableRef(record.ref) };
    case 'progress':
      return {
        kind: 'progress',
        ref: storableRef(record.ref),
        progress: {
          outputTokens: count(record.progress.outputTokens, MAX_COUNT),
          expectedPico: pico(record.progress.expectedPico),
        },
      };
  }
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

/** Whether {@link storable} leaves all amounts and counts as they are. */
export function isInRange(record: JournalRecord): boolean {
  if (!isCount(refOf(record).attempt, MAX_INT4)) return false;
  switch (record.kind) {
    case 'intent':
      return isIntentInRange(record.intent);
    case 'settlement':
      return isOutcomeInRange(record.outcome);
    case 'release':
      return true;
    case 'progress': {
      const { outputTokens, expectedPico } = record.progress;
      return isCount(outputTokens, MAX_COUNT) && isAmount(expectedPico);
    }
  }
}

function isIntentInRange(intent: CallIntent): boolean {
  return (
    isAmount(intent.reservedPico) &&
    isAmount(intent.expectedPico) &&
    isCount(intent.expectedInputTokens, MAX_COUNT) &&
    isCount(intent.expectedOutputTokens, MAX_COUNT)
  );
}

function isOutcomeInRange({ usage, upstreamStatus, costPico }: CallOutcome): boolean {
  return (
    isAmount(costPico) &&
    (upstreamStatus === null || isCount(upstreamStatus, MAX_INT4)) &&
    (usage === null ||
      [
        usage.inputTokens,
        usage.cachedInputTokens,
        usage.outputTokens,
        ...Object.values<number>({ ...usage.details }),
      ].every((tokens) => isCount(tokens, MAX_COUNT)))
  );
}

function storableRef(ref: CallRef): CallRef {
  return {
    requestId: text(ref.requestId),
    attempt: count(ref.attempt, MAX_INT4),
    startedAt: new Date(ref.startedAt.getTime()),
  };
}

function storableIntent(intent: CallIntent): CallIntent {
  const { attribution } = intent;
  return {
    ...storableRef(intent),
    clientRequestId: optionalText(intent.clientRequestId),
    decisionId: optionalText(intent.decisionId),
    callType: text(intent.callType),
    modelGroup: text(intent.modelGroup),
    model: text(intent.model),
    provider: text(intent.provider),
    deploymentId: text(intent.deploymentId),
    attribution: {
      issuer: optionalText(attribution.issuer),
      subject: optionalText(attribution.subject),
      keyId: optionalText(attribution.keyId),
      ...(attribution.firstKeyId === undefined ? {} : { firstKeyId: text(attribution.firstKeyId) }),
      userId: optionalText(attribution.userId),
      teamId: optionalText(attribution.teamId),
      orgId: optionalText(attribution.orgId),
      endUserId: optionalText(attribution.endUserId),
    },
    client: optionalText(intent.client),
    tags: intent.tags.map(text),
    ...(intent.sessionId === undefined ? {} : { sessionId: text(intent.sessionId) }),
    admittedAt: intent.admittedAt === null ? null : new Date(intent.admittedAt.getTime()),
    holds: intent.holds.map((held) => ({ ...held, id: text(held.id) })),
    reservedPico: pico(intent.reservedPico),
    expectedPico: pico(intent.expectedPico),
    expectedInputTokens: count(intent.expectedInputTokens, MAX_COUNT),
    expectedOutputTokens: count(intent.expectedOutputTokens, MAX_COUNT),
  };
}

function storableOutcome(outcome: CallOutcome): CallOutcome {
  const { usage, upstreamStatus } = outcome;
  return {
    endedAt: new Date(outcome.endedAt.getTime()),
    usage: usage === null ? null : storableUsage(usage),
    usageSource: outcome.usageSource,
    costPico: pico(outcome.costPico),
    ...(outcome.basis === undefined ? {} : { basis: outcome.basis }),
    isPriced: outcome.isPriced,
    isSuspect: outcome.isSuspect,
    succeeded: outcome.succeeded,
    upstreamStatus: upstreamStatus === null ? null : count(upstreamStatus, MAX_INT4),
  };
}

function storableUsage({ details, ...totals }: TokenUsage): TokenUsage {
  return {
    inputTokens: count(totals.inputTokens, MAX_COUNT),
    cachedInputTokens: count(totals.cachedInputTokens, MAX_COUNT),
    outputTokens: count(totals.outputTokens, MAX_COUNT),
    ...(details === undefined ? {} : { details: storableDetails(details) }),
  };
}

function storableDetails(details: UsageDetails): UsageDetails {
  const entries = Object.entries<number>({ ...details });
  return Object.fromEntries(entries.map(([unit, units]) => [unit, count(units, MAX_COUNT)]));
}

function text(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\u{fffd}');
}

function optionalText(value: string | null): string | null {
  return value === null ? null : text(value);
}

function isAmount(value: PicoUsd): boolean {
  return value >= 0n && value <= MAX_PICO;
}

function isCount(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= limit;
}

function pico(value: PicoUsd): PicoUsd {
  if (value < 0n) return 0n;
  return value > MAX_PICO ? MAX_PICO : value;
}

function count(value: number, limit: number): number {
  if (!(value > 0)) return 0;
  return Math.min(Math.ceil(value), limit);
}
