import { UNLIMITED, type Limits, type LimitsChange, type NamedBudgets } from '#libs/access';
import { Injectable } from '@nestjs/common';
import {
  AuditedTable,
  AuditTrail,
  type AuditActor,
  type AuditedTableDescription,
} from '#libs/audit';
import { Clock, GatehouseError, unknownRow } from '#libs/common';
import { configuredBudgetsOf, SettingsStore } from '#libs/config';
import {
  ChangeFeed,
  Database,
  snapshotsById,
  type SnapshotCache,
  type UnitOfWork,
} from '#libs/database';
import { In } from 'typeorm';
import { BudgetEntity } from './budget.entity.js';

const BUDGETS = {
  entity: BudgetEntity,
  id: 'budgetId',
  topic: 'budget',
  unknown: (param = 'budget_id') => unknownRow('budget', param),
} satisfies AuditedTableDescription<BudgetEntity>;

/** Tables whose rows may name a budget, with what a row is and its name in SQL. */
const USERS_OF_BUDGETS = [
  ['virtual_keys', 'key', `coalesce(key_alias, key_name) || ' (' || token || ')'`],
  ['teams', 'team', 'team_id'],
  ['users', 'user', 'user_id'],
  ['organizations', 'organization', 'organization_id'],
  ['team_memberships', 'member', `user_id || ' of the team ' || team_id`],
  ['end_users', 'customer', 'end_user_id'],
  ['tags', 'tag', 'name'],
] as const;
/** Member of `POST /budget/delete` that names the budget. */
const DELETED_MEMBER = 'id';

/** A budget as decisions see it. Frozen. */
export interface BudgetSnapshot {
  readonly limits: Limits;
}

/** Budgets: snapshots for decisions, rows for administration, audited changes. */
@Injectable()
export class BudgetsService implements NamedBudgets {
  private readonly snapshots: SnapshotCache<BudgetSnapshot>;
  private readonly table: AuditedTable<BudgetEntity>;

  constructor(
    private readonly database: Database,
    feed: ChangeFeed,
    audit: AuditTrail,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
  ) {
    this.snapshots = snapshotsById(BUDGETS, { database, feed }, ({ limits }) => ({ limits }));
    this.table = new AuditedTable(audit, BUDGETS);
  }

  /**
   * The budget as decisions see it, from memory after the first time; `null` when unknown.
   * @throws GatehouseError `database_unavailable`
   */
  find(budgetId: string): Promise<BudgetSnapshot | null> {
    return this.snapshots.find(budgetId);
  }

  /** What {@link find} returns without reading; `undefined` where it has to read. */
  peek(budgetId: string): BudgetSnapshot | null | undefined {
    return this.snapshots.peek(budgetId);
  }

  /** Rows of those budgets that exist, in the order of their ids; all of them without ids. */
  async list(budgetIds?: readonly string[]): Promise<BudgetEntity[]> {
    if (budgetIds?.length === 0) return [];
    return this.database.read((manager) =>
      manager.find(BudgetEntity, {
        ...(budgetIds && { where: { budgetId: In([...budgetIds]) } }),
        order: { budgetId: 'ASC' },
      }),
    );
  }

  /**
   * Makes a budget.
   * @throws GatehouseError `already_exists`
   */
  async create(
    unit: UnitOfWork,
    budgetId: string,
    limits: LimitsChange,
    actor: AuditActor,
  ): Promise<BudgetEntity> {
    const now = this.clock.now();
    const by = nameOf(actor);
    const row = unit.manager.create(BudgetEntity, {
      budgetId,
      limits: limits(UNLIMITED, now),
      createdAt: now,
      updatedAt: now,
      createdBy: by,
      updatedBy: by,
    });
    if (await this.table.insertIfAbsent(unit, row, actor)) return row;
    throw new GatehouseError('already_exists', {
      message: 'A budget with that budget_id exists already.',
      param: 'budget_id',
    });
  }

  /**
   * Changes a budget, for every row that names it.
   * @param change `null` changes nothing but the time of the last change
   * @throws GatehouseError `not_found`
   */
  async update(
    unit: UnitOfWork,
    budgetId: string,
    change: LimitsChange | null,
    actor: AuditActor,
  ): Promise<BudgetEntity> {
    const row = await this.table.getForChange(unit, budgetId);
    const now = this.clock.now();
    const limits = change?.(row.limits, now) ?? row.limits;
    const changes = { limits, updatedAt: now, updatedBy: nameOf(actor) };
    return this.table.change(unit, { row, changes }, actor);
  }

  /**
   * Deletes a budget that neither a row nor the configuration names: they would lose their limits without a word.
   * @throws GatehouseError `not_found`, `request_invalid` while one of them names it
   */
  async remove(unit: UnitOfWork, budgetId: string, actor: AuditActor): Promise<BudgetEntity> {
    // Waits for writers that are about to name it, and lets none begin.
    const [row] = await this.table.lock(unit, [budgetId], DELETED_MEMBER);
    if (row === undefined) throw BUDGETS.unknown(DELETED_MEMBER);
    this.refuseConfigured(budgetId);
    for (const [table, kind, name] of USERS_OF_BUDGETS) {
      const [user] = await unit.manager.query<{ name: string }[]>(
        `SELECT ${name} AS name FROM ${table}
         WHERE $1 IN (limits->>'budgetId', limits->'members'->>'budgetId') LIMIT 1`,
        [budgetId],
      );
      if (user !== undefined) throw inUse(kind, user.name);
    }
    await this.table.remove(unit, [row], actor);
    return row;
  }

  private refuseConfigured(budgetId: string): void {
    const named = configuredBudgetsOf(this.settings.current);
    const setting = named.find((one) => one.budgetId === budgetId)?.setting;
    if (setting === undefined) return;
    throw new GatehouseError('request_invalid', {
      message: `${setting} of the configuration names the budget; change it there first.`,
      param: DELETED_MEMBER,
    });
  }
}

function nameOf(actor: AuditActor): string {
  return actor.userId ?? actor.subject ?? actor.kind;
}

function inUse(kind: string, name: string): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `The ${kind} ${name} has the budget and would lose its limits; change its budget_id first.`,
    param: DELETED_MEMBER,
  });
}
