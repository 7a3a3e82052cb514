import type { PicoUsd } from '#libs/common';
import type { TokenUsage, UsageDetails } from '../costs/token-usage.js';
import type { CallIntent, CallOutcome, CallRef } from '../costs/call-records.js';
import { refOf, type JournalRecord } from './journal-record.js';

/** `numeric(38,12)` holds 26 digits before the point; less than that leaves room for sums. */
const MAX_PICO = 10n ** 30n;
const MAX_COUNT = 1_000_000_000;
const MAX_INT4 = 2_147_483_647;

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
    ...(intent.isUnpriced === true && { isUnpriced: true }),
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
