import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { MembershipSync } from './membership-sync.service.js';
import { MembershipsService } from './memberships.service.js';
import { TeamsService } from './teams.service.js';
import { TeamEntity } from './entities/team.entity.js';
import { TeamMembershipEntity } from './entities/team-membership.entity.js';

/** Provides teams, memberships and their mirroring. The endpoints are in libs/admin. */
@Module({
  imports: [AuditModule],
  providers: [TeamsService, MembershipsService, MembershipSync],
  exports: [TeamsService, MembershipsService, MembershipSync],
})
export class TeamsModule {}

/** The module and the tables of this library, for the composition root. */
export const TEAMS_LIBRARY = { module: TeamsModule, entities: [TeamEntity, TeamMembershipEntity] };
