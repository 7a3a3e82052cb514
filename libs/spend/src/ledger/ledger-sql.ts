import type { CallRef } from '../costs/call-records.js';
import type { CostBasis } from '../costs/cost-breakdown.js';
import type { UsageDetails } from '../costs/token-usage.js';
import { basisJson } from '../journal/record-json.js';
import { arrayLiteral, type ElementType, type ElementValue } from './array-literal.js';
import { stateOf, type NewEntry, type Settlement, type TotalChange } from './entry-batch.js';

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** One column that is sent as an array: its name, its type, and its value for one item. */
export type Column<T> = readonly [
  name: string,
  type: ElementType,
  value: (item: T) => ElementValue,
];

/** The columns of the key of an entry. */
export const refColumns = <T>(refOf: (item: T) => CallRef): Column<T>[] => [
  ['started_at', 'timestamptz', (item) => refOf(item).startedAt.toISOString()],
  ['request_id', 'text', (item) => refOf(item).requestId],
  ['attempt', 'int4', (item) => refOf(item).attempt],
];

const outcomeColumns = <
  T extends { readonly outcome: NewEntry['outcome']; readonly intent?: NewEntry['intent'] },
>(): Column<T>[] => [
  ['input_tokens', 'int8', ({ outcome }) => outcome?.usage?.inputTokens ?? 0],
  ['cached_input_tokens', 'int8', ({ outcome }) => outcome?.usage?.cachedInputTokens ?? 0],
  ['output_tokens', 'int8', ({ outcome }) => outcome?.usage?.outputTokens ?? 0],
  ['usage_details', 'jsonb', ({ outcome }) => detailsJson(outcome?.usage?.details)],
  ['cost_usd', 'numeric', ({ outcome }) => outcome?.costPico ?? 0n],
  ['cost_breakdown', 'jsonb', ({ outcome }) => breakdownJson(outcome?.basis)],
  ['state', 'text', ({ outcome }) => stateOf(outcome)],
  ['usage_source', 'text', ({ outcome }) => outcome?.usageSource ?? 'none'],
  ['is_priced', 'bool', ({ outcome, intent }) => outcome?.isPriced ?? intent?.isUnpriced !== true],
  // A journal of an earlier version has no such member.
  ['is_suspect', 'bool', ({ outcome }) => outcome?.isSuspect ?? false],
  ['is_success', 'bool', ({ outcome }) => outcome?.succeeded ?? null],
  ['upstream_status', 'int4', ({ outcome }) => outcome?.upstreamStatus ?? null],
  ['settled_at', 'timestamptz', ({ outcome }) => outcome?.endedAt.toISOString() ?? null],
];

/** Most calls have plain tokens alone. */
function detailsJson(details?: UsageDetails): string | null {
  return details === undefined ? null : JSON.stringify(details);
}

function breakdownJson(basis?: CostBasis): string | null {
  return basis === undefined ? null : basisJson(basis).json;
}

const ENTRY_COLUMNS: readonly Column<NewEntry>[] = [
  ...refColumns<NewEntry>(({ intent }) => intent),
  ['client_request_id', 'text', ({ intent }) => intent.clientRequestId],
  ['decision_id', 'text', ({ intent }) => intent.decisionId],
  ['call_type', 'text', ({ intent }) => intent.callType],
  ['model_group', 'text', ({ intent }) => intent.modelGroup],
  ['model', 'text', ({ intent }) => intent.model],
  ['provider', 'text', ({ intent }) => intent.provider],
  ['deployment_id', 'text', ({ intent }) => intent.deploymentId],
  ['issuer', 'text', ({ intent }) => intent.attribution.issuer],
  ['subject', 'text', ({ intent }) => intent.attribution.subject],
  ['key_id', 'text', ({ intent }) => intent.attribution.keyId],
  ['first_key_id', 'text', ({ intent }) => intent.attribution.firstKeyId ?? null],
  ['user_id', 'text', ({ intent }) => intent.attribution.userId],
  ['team_id', 'text', ({ intent }) => intent.attribution.teamId],
  ['org_id', 'text', ({ intent }) => intent.attribution.orgId],
  ['end_user_id', 'text', ({ intent }) => intent.attribution.endUserId],
  ['client', 'text', ({ intent }) => intent.client],
  ['session_id', 'text', ({ intent }) => intent.sessionId ?? null],
  [
    'tags',
    'jsonb',
    ({ intent }) => (intent.tags.length === 0 ? null : JSON.stringify(intent.tags)),
  ],
  ['admitted_at', 'timestamptz', ({ intent }) => intent.admittedAt?.toISOString() ?? null],
  [
    'holds',
    'jsonb',
    ({ intent }) => (intent.holds.length === 0 ? null : JSON.stringify(intent.holds)),
  ],
  ['reserved_usd', 'numeric', ({ intent }) => intent.reservedPico],
  ['expected_usd', 'numeric', ({ intent }) => intent.expectedPico],
  ['expected_input_tokens', 'int8', ({ intent }) => intent.expectedInputTokens],
  ['expected_output_tokens', 'int8', ({ intent }) => intent.expectedOutputTokens],
  ...outcomeColumns<NewEntry>(),
];

const REF_COLUMNS = refColumns<CallRef>((ref) => ref);
const OUTCOME_COLUMNS = outcomeColumns<Settlement>();
const SETTLEMENT_COLUMNS = [...refColumns<Settlement>(({ ref }) => ref), ...OUTCOME_COLUMNS];

const TOTAL_COLUMNS: readonly Column<TotalChange>[] = [
  ['scope', 'text', ({ scope }) => scope],
  ['id', 'text', ({ id }) => id],
  ['spend_usd', 'numeric', ({ spendPico }) => spendPico],
  ['reserved_usd', 'numeric', ({ reservedPico }) => reservedPico],
];

/** The key of an entry. */
export const KEY = '(e.started_at, e.request_id, e.attempt)';
/** Only these may still change: an open entry, and one whose end was assumed by the sweeper. */
export const IS_OPEN = `(e.state = 'reserved' OR e.is_swept)`;
/** Columns of a changed entry by which the sums move. */
export const RETURNED = `e.request_id AS "requestId", e.attempt, e.started_at AS "startedAt",
  e.key_id AS "keyId", e.first_key_id AS "firstKeyId", e.user_id AS "userId", e.team_id AS "teamId", e.org_id AS "orgId",
  e.end_user_id AS "endUserId", e.issuer, e.model_group AS "modelGroup", e.model, e.provider,
  e.call_type AS "callType", e.client, e.tags, e.process_id AS "processId",
  e.admitted_at AS "admittedAt", e.holds`;
/**
 * Input tokens of an entry that were written to a cache.
 * @param row alias of the entry
 */
export function cacheWritesOf(row: string): string {
  const written = ['cacheWrite', 'cacheWriteHour'] satisfies (keyof UsageDetails)[];
  return `(${written.map((unit) => `coalesce((${row}.usage_details->>'${unit}')::int8, 0)`).join(' + ')})`;
}

/** What an ended entry adds to the roll-ups; nothing while it is open. */
const endedCounts = (row: string): readonly (readonly [name: string, count: string])[] => [
  ['inputTokens', `${row}.input_tokens`],
  ['cachedInputTokens', `${row}.cached_input_tokens`],
  ['cacheWriteTokens', cacheWritesOf(row)],
  ['outputTokens', `${row}.output_tokens`],
  ['requests', `(${row}.state <> 'reserved')::int`],
  ['successfulRequests', `coalesce(${row}.is_success, false)::int`],
];
/** By how much a change of an entry grows what it adds to the roll-ups. Its former values are in `open`. */
export const GROWN = endedCounts('e')
  .map(
    ([name, count], index) =>
      `(${count} - ${endedCounts('open')[index]?.[1] ?? '0'})::text AS "${name}"`,
  )
  .join(', ');
/** What an entry that has just ended adds to the roll-ups. */
export const ADDED = endedCounts('e')
  .map(([name, count]) => `(${count})::text AS "${name}"`)
  .join(', ');
const TAKEN = endedCounts('e')
  .map(([name, count]) => `(-${count})::text AS "${name}"`)
  .join(', ');

/**
 * Inserts entries that are not there yet and returns the keys of those that were: as a rule none, so
 * that no rows are sent back.
 * @param entries at least one
 * @param processId whose journal they come from
 */
export function insertEntries(entries: readonly NewEntry[], processId: string): Statement {
  const names = namesOf(ENTRY_COLUMNS);
  const { source, values } = unnest(ENTRY_COLUMNS, entries);
  return {
    text: `WITH i AS (SELECT * FROM ${source}),
      inserted AS (
        INSERT INTO spend_entries (${names}, process_id)
        SELECT ${names}, $${String(values.length + 1)}::text FROM i
        ON CONFLICT (started_at, request_id, attempt) DO NOTHING
        RETURNING started_at, request_id, attempt)
      SELECT request_id AS "requestId", attempt, started_at AS "startedAt" FROM i
      WHERE NOT EXISTS (SELECT FROM inserted e WHERE ${KEY} = (i.started_at, i.request_id, i.attempt))`,
    values: [...values, processId],
  };
}

/**
 * Gives open entries their outcome and returns by how much that changed them. Rows are locked in
 * the order of their key; the bounds let the planner leave out partitions.
 * @param settlements at least one
 */
export function settleEntries(settlements: readonly Settlement[]): Statement {
  const { source, values } = unnest(SETTLEMENT_COLUMNS, settlements);
  const [from, to] = bounds(settlements.map(({ ref }) => ref));
  const assignments = OUTCOME_COLUMNS.map(([name]) => `${name} = i.${name}`).join(', ');
  return {
    text: `WITH i AS (SELECT * FROM ${source}),
      open AS (
        SELECT e.started_at, e.request_id, e.attempt, e.cost_usd, e.state, e.is_success,
          e.input_tokens, e.cached_input_tokens, e.output_tokens, e.usage_details
        FROM spend_entries e JOIN i USING (started_at, request_id, attempt)
        WHERE ${IS_OPEN} AND e.started_at BETWEEN ${placeholder(values, 1)} AND ${placeholder(values, 2)}
        ORDER BY e.started_at, e.request_id, e.attempt FOR UPDATE OF e)
      UPDATE spend_entries e SET ${assignments}, is_swept = false
      FROM i JOIN open USING (started_at, request_id, attempt)
      WHERE ${KEY} = (i.started_at, i.request_id, i.attempt)
        AND e.started_at BETWEEN ${placeholder(values, 1)} AND ${placeholder(values, 2)}
      RETURNING ${RETURNED}, ${GROWN}, (e.cost_usd - open.cost_usd)::text AS spend,
        (CASE WHEN open.state = 'reserved' THEN -e.reserved_usd ELSE 0 END)::text AS reserved`,
    values: [...values, from, to],
  };
}

/**
 * Removes open entries of calls that reached no upstream and returns what goes with them.
 * @param refs at least one
 */
export function removeEntries(refs: readonly CallRef[]): Statement {
  const { source, values } = unnest(REF_COLUMNS, refs);
  const [from, to] = bounds(refs);
  return {
    text: `DELETE FROM spend_entries e USING ${source}
      WHERE ${KEY} = (i.started_at, i.request_id, i.attempt) AND ${IS_OPEN}
        AND e.started_at BETWEEN ${placeholder(values, 1)} AND ${placeholder(values, 2)}
      RETURNING ${RETURNED}, ${TAKEN}, (-e.cost_usd)::text AS spend,
        (CASE WHEN e.state = 'reserved' THEN -e.reserved_usd ELSE 0 END)::text AS reserved`,
    values: [...values, from, to],
  };
}

/**
 * Finds the attempts that have an entry, in any state.
 * @param refs at least one
 */
export function findEntries(refs: readonly CallRef[]): Statement {
  const { source, values } = unnest(REF_COLUMNS, refs);
  return {
    text: `SELECT e.request_id AS "requestId", e.attempt, e.started_at AS "startedAt"
      FROM spend_entries e JOIN ${source} USING (started_at, request_id, attempt)`,
    values,
  };
}

/**
 * Adds changes to totals, making those that are not there.
 * @param changes at least one, in the order in which rows are to be locked
 */
export function addToTotals(changes: readonly TotalChange[]): Statement {
  const { source, values } = unnest(TOTAL_COLUMNS, changes);
  return {
    text: `INSERT INTO spend_totals (scope, id, spend_usd, reserved_usd)
      SELECT scope, id, spend_usd, reserved_usd FROM ${source} ORDER BY ordinality
      ON CONFLICT (scope, id) DO UPDATE SET
        spend_usd = spend_totals.spend_usd + EXCLUDED.spend_usd,
        reserved_usd = spend_totals.reserved_usd + EXCLUDED.reserved_usd`,
    values,
  };
}

/** Arrays column by column: one parameter per column, however many rows. */
export function unnest<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
): { source: string; values: string[] } {
  const parameters = columns
    .map(([, type], index) => `$${String(index + 1)}::${type}[]`)
    .join(', ');
  return {
    source: `unnest(${parameters}) WITH ORDINALITY AS i (${namesOf(columns)}, ordinality)`,
    values: columns.map(([, type, value]) => arrayLiteral(type, items, value)),
  };
}

/** The names of columns, as SQL lists them. */
export function namesOf<T>(columns: readonly Column<T>[]): string {
  return columns.map(([name]) => name).join(', ');
}

/** A further parameter of a statement, behind arrays of columns. */
export function placeholder(values: readonly unknown[], further: number): string {
  return `$${String(values.length + further)}::timestamptz`;
}

/** The first and the last start, by which the planner leaves out partitions. */
export function bounds(refs: readonly CallRef[]): [string, string] {
  const times = refs.map(({ startedAt }) => startedAt.getTime());
  const earliest = times.reduce((least, time) => Math.min(least, time), Infinity);
  const latest = times.reduce((most, time) => Math.max(most, time), -Infinity);
  return [new Date(earliest).toISOString(), new Date(latest).toISOString()];
}
