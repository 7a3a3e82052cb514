import { Injectable } from '@nestjs/common';
import type { GatehouseError } from '#libs/common';
import { completedLimits, type Attribution, type Limits } from '#libs/access';
import { BudgetsService, type BudgetSnapshot } from '#libs/budgets';
import { SettingsStore } from '#libs/config';
import { pairId, type CountedRequest, type SpendScope } from '#libs/spend';
import { TagsService, type TagSnapshot } from '#libs/tags';
import { memberLimitsIn } from '#libs/teams';
import { LimitRows, type LimitedRow, type RequestRows } from './limit-rows.js';
import { refusalOfMissingBudget } from './missing-budgets.js';
import type { ScopeLimits } from './scope-limits.js';

/** Limits of subjects that have no row yet. */
type DefaultLimits = Readonly<Record<'newUsers' | 'newTeams' | 'newOrganizations', Limits>>;

const NO_LIMITS: readonly ScopeLimits[] = [];
const NO_TAGS: readonly TagSnapshot[] = [];

/** What is known of a request: its rows, and those of its tags that have one. */
interface KnownRequest {
  readonly attribution: Attribution;
  readonly rows: RequestRows;
  readonly tags: readonly TagSnapshot[];
}

/** Finds the limits that a request has to keep: those of its key, user, team, organisation, memberships, end user and tags. */
@Injectable()
export class EffectiveLimits {
  /** @param settings the limits of new users, teams and organisations */
  constructor(
    private readonly rows: LimitRows,
    private readonly settings: SettingsStore,
    private readonly budgets: BudgetsService,
    private readonly tags: TagsService,
  ) {}

  /**
   * Returns the subjects of a request that have limits, in the order of {@link SpendScope}, completed by the budgets that they
   * name. A user, team or organisation whose row the token is about to make
   * has the limits of new ones already. Returns no promise when
   * every row is in memory.
   * @throws GatehouseError `database_unavailable`
   */
  of({
    attribution,
    tags: names,
  }: CountedRequest): readonly ScopeLimits[] | Promise<readonly ScopeLimits[]> {
    const rows = this.rows.of(attribution);
    const tags = names.length === 0 ? NO_TAGS : (this.tags.peek(names) ?? this.tags.find(names));
    return rows instanceof Promise || tags instanceof Promise
      ? this.read(attribution, rows, tags)
      : this.scopesOf({ attribution, rows, tags });
  }

  /** Returns the refusal of a request of which a subject names a budget that does not exist; `null` for every other request. */
  missingBudget(limits: readonly ScopeLimits[]): GatehouseError | null {
    return refusalOfMissingBudget(limits, this.settings.current.budgets.endUsers.budgetId);
  }

  private async read(
    attribution: Attribution,
    rows: RequestRows | Promise<RequestRows>,
    tags: readonly TagSnapshot[] | Promise<readonly TagSnapshot[]>,
  ): Promise<readonly ScopeLimits[]> {
    const [found, foundTags] = await Promise.all([rows, tags]);
    return this.scopesOf({ attribution, rows: found, tags: foundTags });
  }

  private scopesOf(
    request: KnownRequest,
  ): readonly ScopeLimits[] | Promise<readonly ScopeLimits[]> {
    const scopes = scopesOf(request, this.settings.current.budgets);
    if (scopes.every(({ limits }) => limits.budgetId === undefined)) return scopes;
    const known = scopes.map(({ limits: { budgetId } }) =>
      budgetId === undefined ? null : this.budgets.peek(budgetId),
    );
    return known.every((budget) => budget !== undefined)
      ? completed(scopes, known)
      : this.readBudgets(scopes);
  }

  private async readBudgets(scopes: readonly ScopeLimits[]): Promise<readonly ScopeLimits[]> {
    const found = scopes.map(({ limits: { budgetId } }) =>
      budgetId === undefined ? Promise.resolve(null) : this.budgets.find(budgetId),
    );
    return completed(scopes, await Promise.all(found));
  }
}

function completed(
  scopes: readonly ScopeLimits[],
  budgets: readonly (BudgetSnapshot | null)[],
): readonly ScopeLimits[] {
  return scopes.map((one, index) => {
    const named = budgets[index]?.limits;
    if (named !== undefined) return { ...one, limits: completedLimits(one.limits, named) };
    return one.limits.budgetId === undefined ? one : { ...one, lacksBudget: true };
  });
}

function scopesOf(
  { attribution, rows, tags }: KnownRequest,
  defaults: DefaultLimits,
): readonly ScopeLimits[] {
  const { keyId, firstKeyId, userId, teamId, orgId, endUserId } = attribution;
  const scopes: ScopeLimits[] = [];
  const add = (scope: SpendScope, id: string | null, limits: Limits | undefined): void => {
    if (id === null || limits === undefined || isUnlimited(limits)) return;
    const isRegenerated = scope === 'key' && firstKeyId !== undefined;
    scopes.push({ scope, id, ...(isRegenerated ? { countedAs: firstKeyId } : {}), limits });
  };
  const addMember = (scope: SpendScope, groupId: string | null, limits: Limits): void => {
    if (groupId !== null && userId !== null) add(scope, pairId(groupId, userId), limits);
  };
  add('key', keyId, rows.key?.limits);
  add('user', userId, limitsOr(rows.user, attribution, defaults.newUsers));
  const ofTeam = limitsOr(rows.team, attribution, defaults.newTeams);
  add('team', teamId, ofTeam);
  addMember('team_member', teamId, memberLimitsIn(ofTeam, rows.members.inTeam));
  add('org', orgId, limitsOr(rows.org, attribution, defaults.newOrganizations));
  addMember('org_member', orgId, rows.members.inOrganization);
  add('end_user', endUserId, rows.endUser?.limits);
  for (const { name, limits } of tags) add('tag', name, limits);
  return scopes.length === 0 ? NO_LIMITS : scopes;
}

/** A row that is not there yet has the limits of new ones where the caller has a token: nothing else makes rows. */
function limitsOr(
  row: LimitedRow | null,
  { issuer, subject }: Attribution,
  ofNew: Limits,
): Limits | undefined {
  const isToken = issuer !== null || subject !== null;
  return row === null && isToken ? ofNew : row?.limits;
}

function isUnlimited(limits: Limits): boolean {
  for (const _member in limits) return false;
  return true;
}
