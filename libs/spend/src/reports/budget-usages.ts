import {
  mainWindowAt,
  toWindowUsage,
  windowAt,
  type BudgetUsage,
  type Limits,
  type MoneyLimit,
  type TimeWindow,
  type WindowCalendar,
} from '#libs/access';
import { Clock, parseUsd, usdNumber, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { Injectable } from '@nestjs/common';
import { MODEL_SCOPES, type BudgetScope, type SpendScope } from '../costs/call-records.js';
import { pairId } from '../costs/pair-id.js';
import { instantOf } from '../ledger/window-sql.js';
import { SpendRecorder } from '../recording/spend-recorder.js';
import { BudgetTables } from './budget-tables.js';

/** A row whose budgets are shown. */
export interface UsageSubject {
  readonly scope: SpendScope;
  /** As totals name it: `team:user` for a member. */
  readonly id: string;
  readonly limits: Limits;
}

/** A budget in its present window. */
interface UsedWindow {
  readonly scope: BudgetScope;
  readonly id: string;
  readonly window: TimeWindow;
  readonly carriedPico: PicoUsd;
  readonly cap: MoneyLimit;
}

/** The budgets of one row. */
interface UsedBudgets {
  readonly main: UsedWindow | null;
  readonly further: readonly UsedWindow[];
  readonly models: readonly (readonly [model: string, used: UsedWindow])[];
}

/** Time that spend waits for calls that have just ended. */
const LIMIT_MS = 2_000;

/** What has sums of quarters; the windows of models are kept from the first call that they have to bear. */
const SPENT = `
  SELECT coalesce(w.spent_usd, CASE WHEN a.is_subject
      THEN gatehouse_window_spend(a.scope, a.id, a.window_start, a.window_end) ELSE 0 END)::text AS spent
  FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::boolean[])
    WITH ORDINALITY AS a (scope, id, window_start, window_end, is_subject, place)
  LEFT JOIN budget_windows w USING (scope, id, window_start, window_end) ORDER BY a.place`;

/** Reads what was spent in the present windows of the budgets of rows. */
@Injectable()
export class BudgetUsages {
  constructor(
    private readonly database: Database,
    private readonly recorder: SpendRecorder,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
    private readonly tables: BudgetTables,
  ) {}

  /**
   * Returns what was spent of the budgets of rows, those that they name included, in the order given and in one query. Calls
   * of this process that have ended are booked first.
   * @throws GatehouseError `database_unavailable`
   */
  async of(subjects: readonly UsageSubject[]): Promise<BudgetUsage[]> {
    const complete = await this.tables.completing(subjects.map(({ limits }) => limits));
    const { calendar } = this.settings.current.budgets;
    const nowMs = this.clock.nowMs();
    const budgets = subjects.map((one) =>
      usedBudgetsOf({ ...one, limits: complete(one.limits) }, calendar, nowMs),
    );
    const spent = await this.spentIn(budgets.flatMap(windowsOf));
    return budgets.map((one) => usageOf(one, spent));
  }

  /**
   * Returns the limits of a row, completed by the budget that they name, and what counts as spent in the present window of
   * `max_budget`; without a budget, in the window that it would have.
   * @throws GatehouseError `database_unavailable`
   */
  async mainOf(
    subject: UsageSubject,
  ): Promise<{ readonly limits: Limits; readonly spentPico: PicoUsd }> {
    const limits = (await this.tables.completing([subject.limits]))(subject.limits);
    const { calendar } = this.settings.current.budgets;
    const cap = mainCapOf(limits) ?? {
      maxBudget: '0',
      duration: null,
      since: '',
      ...limits.duration,
    };
    const used = {
      ...{ scope: subject.scope, id: subject.id, cap },
      ...mainWindowAt(limits, cap, calendar, this.clock.nowMs()),
    };
    return { limits, spentPico: (await this.spentIn([used])).get(used) ?? 0n };
  }

  /** {@link of} for one row. */
  async ofOne(subject: UsageSubject): Promise<BudgetUsage> {
    const [usage = {}] = await this.of([subject]);
    return usage;
  }

  private async spentIn(windows: readonly UsedWindow[]): Promise<ReadonlyMap<UsedWindow, PicoUsd>> {
    if (windows.length === 0) return new Map();
    await this.recorder.flushWithin(LIMIT_MS);
    const rows = await this.database.read<{ spent: string }[]>((manager) =>
      manager.query(SPENT, [
        windows.map(({ scope }) => scope),
        windows.map(({ id }) => id),
        windows.map(({ window }) => instantOf(window.startMs)),
        windows.map(({ window }) => instantOf(window.endMs)),
        windows.map(({ scope }) => !MODEL_SCOPE_NAMES.has(scope)),
      ]),
    );
    return new Map(
      windows.map((used, place) => [used, parseUsd(rows[place]?.spent ?? '0') + used.carriedPico]),
    );
  }
}

const MODEL_SCOPE_NAMES: ReadonlySet<BudgetScope> = new Set(Object.values(MODEL_SCOPES));

function mainCapOf({ budgets, hasMainBudget }: Limits): MoneyLimit | undefined {
  return hasMainBudget === true ? budgets?.[0] : undefined;
}

function usedBudgetsOf(
  { scope, id, limits }: UsageSubject,
  calendar: WindowCalendar,
  nowMs: number,
): UsedBudgets {
  const { budgets = [], hasMainBudget = false, modelBudgets = {} } = limits;
  const used = (cap: MoneyLimit, restarts: Pick<Limits, 'restarts'>): UsedWindow => ({
    ...{ scope, id, cap },
    ...mainWindowAt(restarts, cap, calendar, nowMs),
  });
  const main = mainCapOf(limits);
  const modelScope = MODEL_SCOPES[scope];
  return {
    main: main === undefined ? null : used(main, limits),
    further: budgets.slice(hasMainBudget ? 1 : 0).map((cap) => used(cap, {})),
    models: Object.entries(modelScope === undefined ? {} : modelBudgets).map(([model, cap]) => {
      const window = windowAt(cap, calendar, nowMs);
      const kept = { scope: modelScope ?? scope, id: pairId(id, model) };
      return [model, { ...kept, window, carriedPico: 0n, cap }];
    }),
  };
}

function windowsOf({ main, further, models }: UsedBudgets): UsedWindow[] {
  return [...(main === null ? [] : [main]), ...further, ...models.map(([, used]) => used)];
}

function usageOf(
  { main, further, models }: UsedBudgets,
  spent: ReadonlyMap<UsedWindow, PicoUsd>,
): BudgetUsage {
  const usage = (used: UsedWindow) => toWindowUsage(used.window, spent.get(used) ?? 0n);
  return {
    ...(main !== null && { max_budget_usage: usage(main) }),
    ...(further.length > 0 && {
      budget_limits_usage: Object.fromEntries(
        further.map((used) => [String(used.cap.duration), usage(used)]),
      ),
    }),
    ...(models.length > 0 && {
      model_max_budget_usage: Object.fromEntries(
        models.map(([model, used]) => [
          model,
          {
            ...usage(used),
            budget_limit: usdNumber(parseUsd(used.cap.maxBudget)),
            time_period: used.cap.duration,
          },
        ]),
      ),
    }),
  };
}
