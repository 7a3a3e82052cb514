import { formatUsd, parseUsd, type PicoUsd } from '#libs/common';
import type { BudgetScope } from '#libs/spend';
import type {
  LeaseAmount,
  LeaseAnswer,
  LeaseAnswers,
  LeaseAsk,
  LeaseFacts,
  LeaseRefusal,
  LeaseRequest,
} from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import { windowName, type PoolMove } from './pool-moves.js';

/** An answer of `gatehouse_take_leases`. */
export interface TakenRow {
  readonly lost: readonly LostRow[];
  readonly groups: readonly (GrantedRow | RefusedRow)[];
}

interface LostRow {
  readonly scope: BudgetScope;
  readonly id: string;
  readonly startMs: string;
  readonly endMs: string;
  readonly amount: string;
}

interface GrantedRow {
  readonly granted: readonly string[];
}

/** What is known of a window. */
export interface FactsRow {
  readonly spent: string;
  readonly own: string;
  readonly others: string;
}

interface RefusedRow extends FactsRow {
  readonly refused: number;
  readonly short: readonly number[];
}

/** An answer of `gatehouse_take_pooled`. */
export interface PooledRow extends TakenRow {
  readonly pool: {
    readonly lost: readonly number[];
    readonly filled: readonly string[] | null;
    readonly leftMs: string | null;
  };
}

/** Returns an ask as the database reads it. */
export function askOf(ask: LeaseAsk): object {
  return {
    ...keyOf(ask),
    cap: formatUsd(ask.capPico),
    need: formatUsd(ask.needPico),
    want: formatUsd(ask.wantPico),
  };
}

/** Returns an amount as the database reads it. */
export function amountOf(one: LeaseAmount): object {
  return { ...keyOf(one), amount: formatUsd(one.amountPico) };
}

/** Returns a move as the database reads it. */
export function moveOf(move: PoolMove): object {
  const { number, pool, isTaken } = move;
  return { ...amountOf(move), number, pool: pool.name, taken: isTaken };
}

/** Returns the names of a window in the database. */
export function keyOf({ scope, id, window }: BudgetWindow): {
  scope: BudgetScope;
  id: string;
  start: string;
  end: string;
} {
  return { scope, id, start: instantOf(window.startMs), end: instantOf(window.endMs) };
}

function instantOf(ms: number): string {
  if (Number.isFinite(ms)) return new Date(ms).toISOString();
  return ms < 0 ? '-infinity' : 'infinity';
}

/** Returns the answer to a request for leases. */
export function answerOf(
  request: Pick<LeaseRequest, 'groups'>,
  { lost, groups }: TakenRow,
): Pick<LeaseAnswers, 'lost' | 'groups'> {
  return { lost: lost.map(lostOf), groups: groupsOf(request.groups, groups) };
}

/** Returns what is known of a window. */
export function factsOf({ spent, own, others }: FactsRow): LeaseFacts {
  return {
    bookedPico: parseUsd(spent),
    ownPico: parseUsd(own),
    othersPico: parseUsd(others),
    pooledPico: 0n,
  };
}

function lostOf({ scope, id, startMs, endMs, amount }: LostRow): LeaseAmount {
  const window = { startMs: Number(startMs), endMs: Number(endMs) };
  return { scope, id, window, amountPico: parseUsd(amount) };
}

/** A refusal knows what was granted before it. What was granted behind it counts as its process's own, too. */
function groupsOf(groups: LeaseRequest['groups'], rows: TakenRow['groups']): LeaseAnswer[] {
  const granted = new Map<string, PicoUsd>();
  const answers = rows.toReversed().map((row, index): LeaseAnswer => {
    const asks = groups[rows.length - 1 - index] ?? [];
    if ('refused' in row) return { grantedPico: null, refusal: refusalOf(row, asks, granted) };
    const grantedPico = row.granted.map(parseUsd);
    for (const [place, ask] of asks.entries()) {
      const name = windowName(ask);
      granted.set(name, (granted.get(name) ?? 0n) + (grantedPico[place] ?? 0n));
    }
    return { grantedPico, refusal: null };
  });
  return answers.toReversed();
}

function refusalOf(
  row: RefusedRow,
  asks: readonly LeaseAsk[],
  granted: ReadonlyMap<string, PicoUsd>,
): LeaseRefusal {
  const facts = factsOf(row);
  const ask = asks[row.refused];
  const laterPico = ask === undefined ? 0n : (granted.get(windowName(ask)) ?? 0n);
  return {
    place: row.refused,
    short: row.short,
    spentPico: facts.bookedPico,
    othersPico: facts.othersPico,
    facts: { ...facts, ownPico: facts.ownPico + laterPico },
  };
}
