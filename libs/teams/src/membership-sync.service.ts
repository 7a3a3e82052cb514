import { Injectable } from '@nestjs/common';
import { PROVISIONING_ACTOR, type AuditActor } from '#libs/audit';
import type { UnitOfWork } from '#libs/database';
import { In } from 'typeorm';
import { MembershipsService } from './memberships.service.js';
import { TeamMembershipEntity } from './entities/team-membership.entity.js';
import { TeamEntity } from './entities/team.entity.js';

/** The memberships that one user is to have. */
export interface MembershipMirrorPlan {
  readonly userId: string;
  /** Teams of which the user is to be a member; those that do not exist are left out. */
  readonly teamIds: readonly string[];
  /** Further teams in which a membership stays if it is there. */
  readonly keptTeamIds: readonly string[];
}

/**
 * Makes memberships follow the list of teams of a token (`sync_user_role_and_teams`,
 * docs/how-to/choose-the-team.md).
 */
@Injectable()
export class MembershipSync {
  constructor(private readonly memberships: MembershipsService) {}

  /**
   * Makes the memberships of a user those of its token, and removes all others. Adds and removals
   * are one transaction: no reader sees half of it (threat A09).
   * @param unit the transaction, which has locked the user
   * @param plan who, and which teams
   * @param actor who is recorded; default is provisioning by the user
   */
  async mirror(unit: UnitOfWork, plan: MembershipMirrorPlan, actor?: AuditActor): Promise<void> {
    const { userId } = plan;
    const by = actor ?? { ...PROVISIONING_ACTOR, userId };
    const wanted = new Set([...plan.teamIds, ...plan.keptTeamIds]);
    const current = await unit.manager.find(TeamMembershipEntity, {
      where: { userId },
      order: { teamId: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    for (const { teamId } of current) {
      if (!wanted.has(teamId)) await this.memberships.remove(unit, { teamId, userId }, by);
    }
    for (const teamId of await existing(unit, plan.teamIds)) {
      await this.memberships.add(unit, { teamId, userId, source: 'sync' }, by);
    }
  }
}

/** Locked against deletion, so that a team that was there when it was looked for can be joined. */
async function existing(unit: UnitOfWork, teamIds: readonly string[]): Promise<string[]> {
  if (teamIds.length === 0) return [];
  const rows = await unit.manager.find(TeamEntity, {
    where: { teamId: In([...teamIds]) },
    order: { teamId: 'ASC' },
    lock: { mode: 'for_key_share' },
  });
  return rows.map((row) => row.teamId);
}
