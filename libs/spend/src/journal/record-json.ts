import type { Attribution } from '#libs/access';
import { memoizeByObject, type PicoUsd } from '#libs/common';
import type {
  CallAdmission,
  CallIntent,
  CallOrigin,
  CallOutcome,
  CallRef,
} from '../costs/call-records.js';
import type { CostBasis } from '../costs/cost-breakdown.js';
import type { TokenUsage } from '../costs/token-usage.js';
import type { JournalRecord } from './journal-record.js';
import { isInRange, storable } from './storable-record.js';

/** Deployments whose part of the JSON is kept. Past it all are dropped, so that reloads cannot fill it for good. */
const MAX_TARGETS = 1_000;

/** A record as the journal keeps it. */
interface EncodedRecord {
  readonly record: JournalRecord;
  readonly json: string;
}

/**
 * A {@link storable} record and its JSON. Hardly any record has to be corrected, and the JSON shows it: NUL
 * and half surrogate pairs are escaped there, like few other characters.
 * @param record what the caller said, which must not change any more
 */
export function encodeStorable(record: JournalRecord): EncodedRecord {
  if (isInRange(record)) {
    const json = encodeRecord(record);
    if (!json.includes('\\u')) return { record, json };
  }
  const corrected = storable(record);
  return { record: corrected, json: encodeRecord(corrected) };
}

/**
 * JSON of a record: dates as milliseconds, amounts as decimal text. Put together from texts, because the parts that calls
 * share are then made once: the attribution by its object, the called model by its deployment.
 */
export function encodeRecord(record: JournalRecord): string {
  switch (record.kind) {
    case 'intent':
      return `{"kind":"intent","intent":${intentJson(record.intent)}}`;
    case 'settlement':
      return `{"kind":"settlement","ref":{${refMembers(record.ref)}},"outcome":${outcomeJson(record.outcome)}}`;
    case 'release':
      return `{"kind":"release","ref":{${refMembers(record.ref)}}}`;
    case 'progress': {
      const { outputTokens, expectedPico } = record.progress;
      const progress = `{"outputTokens":${String(outputTokens)},"expectedPico":${picoJson(expectedPico)}}`;
      return `{"kind":"progress","ref":{${refMembers(record.ref)}},"progress":${progress}}`;
    }
  }
}

function intentJson(intent: CallIntent): string {
  return (
    `{${refMembers(intent)},"clientRequestId":${textJson(intent.clientRequestId)}` +
    `,"decisionId":${textJson(intent.decisionId)},${targetMembers(intent)}` +
    `,"attribution":${attributionJson(intent.attribution).json}${originMembers(intent)}${admissionMembers(intent)}` +
    `,"reservedPico":${picoJson(intent.reservedPico)},"expectedPico":${picoJson(intent.expectedPico)}` +
    `,"expectedInputTokens":${String(intent.expectedInputTokens)}` +
    `,"expectedOutputTokens":${String(intent.expectedOutputTokens)}` +
    (intent.isUnpriced === true ? ',"isUnpriced":true}' : '}')
  );
}

function outcomeJson(outcome: CallOutcome): string {
  return (
    `{"endedAt":${String(outcome.endedAt.getTime())},"usage":${usageJson(outcome.usage)}` +
    `,"usageSource":"${outcome.usageSource}","costPico":${picoJson(outcome.costPico)}` +
    (outcome.basis === undefined ? '' : `,"basis":${basisJson(outcome.basis).json}`) +
    `,"isPriced":${String(outcome.isPriced)},"isSuspect":${String(outcome.isSuspect)}` +
    `,"succeeded":${String(outcome.succeeded)},"upstreamStatus":${String(outcome.upstreamStatus)}}`
  );
}

function refMembers({ requestId, attempt, startedAt }: CallRef): string {
  return `"requestId":${textJson(requestId)},"attempt":${String(attempt)},"startedAt":${String(startedAt.getTime())}`;
}

function usageJson(usage: TokenUsage | null): string {
  if (usage === null) return 'null';
  const { inputTokens, cachedInputTokens, outputTokens, details } = usage;
  return (
    `{"inputTokens":${String(inputTokens)},"cachedInputTokens":${String(cachedInputTokens)}` +
    `,"outputTokens":${String(outputTokens)}` +
    (details === undefined ? '}' : `,"details":${JSON.stringify(details)}}`)
  );
}

/** Most calls have no tags. */
function originMembers({ client, tags, sessionId }: CallOrigin): string {
  return (
    `,"client":${textJson(client)},"tags":${tags.length === 0 ? '[]' : JSON.stringify(tags)}` +
    (sessionId === undefined ? '' : `,"sessionId":${JSON.stringify(sessionId)}`)
  );
}

/** Most calls have no budget. */
function admissionMembers({ admittedAt, holds }: CallAdmission): string {
  return (
    `,"admittedAt":${admittedAt === null ? 'null' : String(admittedAt.getTime())}` +
    `,"holds":${holds.length === 0 ? '[]' : JSON.stringify(holds)}`
  );
}

const attributionJson = memoizeByObject(
  ({ issuer, subject, keyId, firstKeyId, userId, teamId, orgId, endUserId }: Attribution) => ({
    json: JSON.stringify({
      ...{ issuer, subject, keyId, firstKeyId, userId, teamId, orgId, endUserId },
    }),
  }),
);

/** JSON of the prices of a call. Plain calls at the same prices share the object. */
export const basisJson = memoizeByObject((basis: CostBasis) => ({ json: JSON.stringify(basis) }));

/** The called model. */
type Target = Pick<CallIntent, 'callType' | 'modelGroup' | 'model' | 'provider' | 'deploymentId'>;

/** By deployment, the last call's. */
const targets = new Map<string, { readonly of: Target; readonly members: string }>();

function targetMembers(intent: Target): string {
  const { callType, modelGroup, model, provider, deploymentId } = intent;
  const known = targets.get(deploymentId);
  if (known !== undefined && isSameTarget(known.of, intent)) return known.members;
  const of = { callType, modelGroup, model, provider, deploymentId };
  const members = JSON.stringify(of).slice(1, -1);
  if (targets.size >= MAX_TARGETS) targets.clear();
  targets.set(deploymentId, { of, members });
  return members;
}

/** Whether two calls of one deployment are of one kind. */
function isSameTarget(a: Target, b: Target): boolean {
  return (
    a.callType === b.callType &&
    a.modelGroup === b.modelGroup &&
    a.model === b.model &&
    a.provider === b.provider
  );
}

function textJson(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

function picoJson(amount: PicoUsd): string {
  return `"${String(amount)}"`;
}
