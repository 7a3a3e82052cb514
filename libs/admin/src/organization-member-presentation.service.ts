import { Injectable } from '@nestjs/common';
import type { Limits, Plain } from '#libs/access';
import { usdNumber } from '#libs/common';
import { OrganizationMembershipsService, type OrganizationMembershipEntity } from '#libs/orgs';
import { BudgetTables, BudgetUsages, pairId, SpendTotals } from '#libs/spend';
import { UsersService } from '#libs/users';
import type { OrganizationMemberResponse } from './dto/organization-member.response.js';

/** A member of an organisation as it is shown; without a role where only one of its teams makes it one. */
export type ShownMember = Pick<
  OrganizationMembershipEntity,
  'organizationId' | 'userId' | 'limits' | 'createdAt' | 'updatedAt'
> & { readonly role: OrganizationMembershipEntity['role'] | null };

/** Puts members of organisations together with their addresses, what they have spent there, and their budgets. */
@Injectable()
export class OrganizationMemberPresentation {
  constructor(
    private readonly memberships: OrganizationMembershipsService,
    private readonly users: UsersService,
    private readonly totals: SpendTotals,
    private readonly budgetTables: BudgetTables,
    private readonly usages: BudgetUsages,
  ) {}

  /**
   * The members in the order given. Takes the same few queries for one as for a thousand.
   * @throws GatehouseError `database_unavailable`
   */
  present(members: readonly ShownMember[]): Promise<Plain<OrganizationMemberResponse>[]> {
    return this.assemble(members, (scope, ids) => this.totals.read(scope, ids));
  }

  /** {@link present} for members whose change is committed: spend that cannot be read now is shown as zero. */
  presentChanged(members: readonly ShownMember[]): Promise<Plain<OrganizationMemberResponse>[]> {
    return this.assemble(members, (scope, ids) => this.totals.readIfPossible(scope, ids));
  }

  /**
   * {@link present} with what was spent of their budgets.
   * @throws GatehouseError `database_unavailable`
   */
  async presentWithUsage(
    members: readonly ShownMember[],
  ): Promise<Plain<OrganizationMemberResponse>[]> {
    const [shown, usages] = await Promise.all([
      this.present(members),
      this.usages.of(
        members.map((member) => ({
          scope: 'org_member',
          id: idOf(member),
          limits: member.limits,
        })),
      ),
    ]);
    return shown.map((member, place) => ({ ...member, ...usages[place] }));
  }

  /**
   * The memberships of a user, with what was spent of their budgets.
   * @throws GatehouseError `database_unavailable`
   */
  async ofUser(userId: string): Promise<Plain<OrganizationMemberResponse>[]> {
    return this.presentWithUsage(await this.memberships.list({ userIds: [userId] }));
  }

  private async assemble(
    members: readonly ShownMember[],
    readSpend: SpendTotals['read'],
  ): Promise<Plain<OrganizationMemberResponse>[]> {
    if (members.length === 0) return [];
    const [table, users, spend] = await Promise.all([
      this.budgetTables.of(members.map(({ limits }) => limits)),
      this.users.listByIds([...new Set(members.map(({ userId }) => userId))]),
      readSpend('org_member', members.map(idOf)),
    ]);
    const emails = new Map(users.map(({ userId, email }) => [userId, email]));
    return members.map((member) => ({
      user_id: member.userId,
      organization_id: member.organizationId,
      user_role: member.role,
      spend: usdNumber(spend.get(idOf(member)) ?? 0n),
      budget_id: member.limits.budgetId ?? null,
      user_email: emails.get(member.userId) ?? null,
      litellm_budget_table: hasLimits(member.limits) ? table(member.limits) : null,
      created_at: member.createdAt.toISOString(),
      updated_at: member.updatedAt.toISOString(),
    }));
  }
}

function idOf({ organizationId, userId }: ShownMember): string {
  return pairId(organizationId, userId);
}

function hasLimits(limits: Limits): boolean {
  return Object.keys(limits).length > 0;
}
