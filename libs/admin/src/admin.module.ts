import { Module } from '@nestjs/common';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { SpendModule } from '#libs/spend';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { MemberResolution } from './member-resolution.service.js';
import { OrganizationDirectory } from './organization-directory.service.js';
import { OrganizationMemberPresentation } from './organization-member-presentation.service.js';
import { OrganizationMembersController } from './organization-members.controller.js';
import { OrganizationMembers } from './organization-members.service.js';
import { OrganizationPeople } from './organization-people.service.js';
import { OrganizationPresentation } from './organization-presentation.service.js';
import { OrganizationsController } from './organizations.controller.js';
import { OwnInfo } from './own-info.service.js';
import { OwnTeams } from './own-teams.service.js';
import { OwnedKeys } from './owned-keys.service.js';
import { TeamDirectory } from './team-directory.service.js';
import { TeamMembers } from './team-members.service.js';
import { TeamPresentation } from './team-presentation.service.js';
import { TeamSpendController } from './team-spend.controller.js';
import { TeamSpend } from './team-spend.service.js';
import { TeamsController } from './teams.controller.js';
import { UserDirectory } from './user-directory.service.js';
import { UserMemberships } from './user-memberships.service.js';
import { UserPages } from './user-pages.service.js';
import { UserPresentation } from './user-presentation.service.js';
import { UserQueries } from './user-queries.service.js';
import { UsersController } from './users.controller.js';

/** The administrative endpoints of teams, users and organisations. */
@Module({
  imports: [KeysModule, OrganizationsModule, SpendModule, TeamsModule, UsersModule],
  controllers: [
    TeamsController,
    TeamSpendController,
    UsersController,
    OrganizationsController,
    OrganizationMembersController,
  ],
  providers: [
    MemberResolution,
    OrganizationDirectory,
    OrganizationMemberPresentation,
    OrganizationMembers,
    OrganizationPeople,
    OrganizationPresentation,
    OwnInfo,
    OwnTeams,
    OwnedKeys,
    TeamDirectory,
    TeamMembers,
    TeamPresentation,
    TeamSpend,
    UserDirectory,
    UserMemberships,
    UserPages,
    UserPresentation,
    UserQueries,
  ],
})
export class AdminModule {}

/** The module and the tables of this library, for the composition root. */
export const ADMIN_LIBRARY = { module: AdminModule, entities: [] };
