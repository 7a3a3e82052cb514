import type { DecisionRecord, RecordedPrincipal } from '#libs/auth';
import type { ExpectedOutcome } from './expectation-file.js';

/** The ids of a call whose caller is not known. */
const UNKNOWN_CALLER = {
  kind: null,
  issuer: null,
  subject: null,
  user_id: null,
  team_id: null,
  org_id: null,
  end_user_id: null,
  role: null,
};

/** One member of an outcome that is not what was expected. */
export interface Mismatch {
  readonly member: keyof ExpectedOutcome;
  readonly expected: unknown;
  readonly found: unknown;
}

/**
 * Returns the members in which a decision differs from the expected outcome; empty when it matches.
 * Members that the expectation leaves out are not compared.
 */
export function mismatchesOf(
  expected: ExpectedOutcome,
  record: DecisionRecord,
): readonly Mismatch[] {
  const found = outcomeOf(record);
  return stated(expected)
    .map((member) => ({ member, expected: expected[member], found: found[member] }))
    .filter((one) => comparable(one.expected) !== comparable(one.found));
}

/** Returns a decision in the form of an expectation, with every member. */
export function outcomeOf(record: DecisionRecord): Required<ExpectedOutcome> {
  const refusing = record.steps.findLast(({ outcome }) => outcome === 'refused');
  return {
    status: record.status,
    reason: record.reason,
    ...callerOf(record.principal ?? UNKNOWN_CALLER),
    guard: refusing?.guard ?? null,
    config_key: refusing?.config_key ?? null,
    allowed_models: [...record.allowed_models],
    remedy: record.remedy,
  };
}

function callerOf(principal: RecordedPrincipal | typeof UNKNOWN_CALLER) {
  return {
    kind: principal.kind,
    issuer: principal.issuer,
    subject: principal.subject,
    user: principal.user_id,
    team: principal.team_id,
    organization: principal.org_id,
    end_user: principal.end_user_id,
    role: principal.role,
  };
}

function stated(expected: ExpectedOutcome): (keyof ExpectedOutcome)[] {
  const members = Object.keys(expected) as (keyof ExpectedOutcome)[];
  return members.filter((member) => expected[member] !== undefined);
}

/** Lists are sets here. */
function comparable(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.toSorted() : (value ?? null));
}
