import { Injectable } from '@nestjs/common';
import { formatUsd, parseUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { ChangeFeed, Database } from '#libs/database';
import { SpendRecorder, type BudgetScope } from '#libs/spend';
import {
  LeaseSource,
  counterOf,
  type LeaseAmount,
  type LeaseAnswer,
  type LeaseAnswers,
  type LeaseRequest,
  type WindowState,
} from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';

/** An answer of `gatehouse_take_leases`. */
interface TakenRow {
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

interface RefusedRow {
  readonly refused: number;
  readonly spent: string;
  readonly held: string;
  readonly others: string;
  readonly short: readonly number[];
}

const TAKE = 'SELECT gatehouse_take_leases($1, $2, $3::jsonb) AS taken';

/** Locks the rows of this process first, as every booking does with windows. */
const END = `
  WITH gone AS (DELETE FROM budget_leases WHERE holder = $1)
  DELETE FROM budget_holders WHERE holder = $1`;

const LOOK = `
  SELECT coalesce(w.spent_usd, gatehouse_window_spend(a.scope, a.id, a.window_start, a.window_end))::text AS spent,
    coalesce((SELECT sum(greatest(l.amount_usd, 0)) FROM budget_leases l JOIN budget_holders h USING (holder)
      WHERE (l.scope, l.id, l.window_start, l.window_end) = (a.scope, a.id, a.window_start, a.window_end)
        AND h.expires_at > clock_timestamp()), 0)::text AS held
  FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
    WITH ORDINALITY AS a (scope, id, window_start, window_end, place)
  LEFT JOIN budget_windows w USING (scope, id, window_start, window_end) ORDER BY a.place`;

/** Leases in the database of the gateway, whether a server or embedded. The holder is the process of the journal. */
@Injectable()
export class PostgresLeases extends LeaseSource {
  constructor(
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly recorder: SpendRecorder,
    private readonly settings: SettingsStore,
  ) {
    super();
  }

  override async take({ number, groups, back }: LeaseRequest): Promise<LeaseAnswers> {
    const asks = {
      number,
      groups: groups.map((group) =>
        group.map((ask) => ({
          ...keyOf(ask),
          cap: formatUsd(ask.capPico),
          need: formatUsd(ask.needPico),
          want: formatUsd(ask.wantPico),
        })),
      ),
      back: back.map((one) => ({ ...keyOf(one), amount: formatUsd(one.amountPico) })),
    };
    const { leaseSeconds } = this.settings.current.budgets;
    const [row] = await this.database.write<{ taken: TakenRow }[]>(({ manager }) =>
      manager.query(TAKE, [this.recorder.processId, leaseSeconds, JSON.stringify(asks)]),
    );
    const { lost, groups: answers } = row?.taken ?? { lost: [], groups: [] };
    return { lost: lost.map(lostOf), groups: answers.map(answerOf) };
  }

  override async look(windows: readonly BudgetWindow[]): Promise<readonly WindowState[]> {
    const keys = windows.map(keyOf);
    const rows = await this.database.read<{ spent: string; held: string }[]>((manager) =>
      manager.query(LOOK, [
        keys.map(({ scope }) => scope),
        keys.map(({ id }) => id),
        keys.map(({ start }) => start),
        keys.map(({ end }) => end),
      ]),
    );
    return rows.map(({ spent, held }) => ({
      spentPico: parseUsd(spent),
      heldPico: parseUsd(held),
    }));
  }

  override async demand(windows: readonly BudgetWindow[]): Promise<void> {
    const counters = new Set(windows.map(counterOf));
    await this.database.write((unit) => {
      for (const counter of counters) unit.changed('budget_lease', counter);
      return Promise.resolve();
    });
  }

  override onDemand(listener: (counter: string | null) => void): void {
    this.feed.subscribe('budget_lease', listener);
  }

  override async end(): Promise<void> {
    await this.database.write(({ manager }) => manager.query(END, [this.recorder.processId]));
  }
}

function keyOf({ scope, id, window }: BudgetWindow): {
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

function lostOf({ scope, id, startMs, endMs, amount }: LostRow): LeaseAmount {
  const window = { startMs: Number(startMs), endMs: Number(endMs) };
  return { scope, id, window, amountPico: parseUsd(amount) };
}

function answerOf(row: GrantedRow | RefusedRow): LeaseAnswer {
  if ('granted' in row) return { grantedPico: row.granted.map(parseUsd), refusal: null };
  const { refused, spent, held, others, short } = row;
  return {
    grantedPico: null,
    refusal: {
      place: refused,
      short,
      spentPico: parseUsd(spent),
      heldPico: parseUsd(held),
      othersPico: parseUsd(others),
    },
  };
}
