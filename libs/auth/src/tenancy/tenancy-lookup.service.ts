import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { OrganizationsService } from '#libs/orgs';
import { TeamsService, type TeamSnapshot } from '#libs/teams';
import { UsersService, type UserSnapshot } from '#libs/users';
import { AddressBookService } from './address-book.service.js';
import { NO_FACTS, type TenancyFacts } from './tenancy-facts.js';

/** Fetches the rows that a token names. Answers from memory once they are warm; judges and writes nothing. */
@Injectable()
export class TenancyLookupService {
  /**
   * @param settings whether memberships matter
   * @param users rows of users
   * @param teams rows of teams and memberships
   * @param organizations rows of organisations
   * @param addressBook which account a verified email address belongs to
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly users: UsersService,
    private readonly teams: TeamsService,
    private readonly organizations: OrganizationsService,
    private readonly addressBook: AddressBookService,
  ) {}

  /**
   * The rows that a principal names.
   * @param principal the verified caller
   * @throws GatehouseError `database_unavailable` when a row is needed that is not in memory
   */
  async factsOf(principal: Principal): Promise<TenancyFacts> {
    if (principal.kind === 'master_key') return NO_FACTS;
    const { user, isUserFoundByEmail } = await this.findUser(principal);
    const organization = await this.findOrganization(principal.orgId);
    // An administrator acts for no team, whatever its token names.
    const team = principal.isAdmin ? null : await this.findTeam(principal.teamId);
    return {
      user,
      isUserFoundByEmail,
      team,
      isTeamMember: await this.isTeamMember(team, user),
      organization,
      teamOrganization: await this.findOrganization(team?.organizationId ?? null),
    };
  }

  private async findUser(
    principal: Principal,
  ): Promise<{ user: UserSnapshot | null; isUserFoundByEmail: boolean }> {
    // A token whose user id is malformed names nobody, whatever its address.
    const byId = principal.userId === null ? null : await this.users.find(principal.userId);
    if (byId !== null || principal.userId === null) {
      return { user: byId, isUserFoundByEmail: false };
    }
    const user = await this.findByAddress(principal);
    return { user, isUserFoundByEmail: user !== null };
  }

  /**
   * Only an address that the issuer vouches for may lead to somebody's row, and only to one that no other identity has
   * used (decision 2.15). What is linked is an issuer's subject, so a token without either links nothing.
   */
  private async findByAddress(principal: Principal): Promise<UserSnapshot | null> {
    const { email, emailVerified, issuer, subject } = principal;
    if (email === null || emailVerified !== true || issuer === null || subject === null)
      return null;
    const ownerId = await this.addressBook.ownerOf(email, { issuer, subject });
    const user = ownerId === null ? null : await this.users.find(ownerId);
    if (user === null) return null;
    const isOwn = user.boundIssuer === issuer && user.boundSubject === subject;
    return isOwn || user.boundIssuer === null ? user : null;
  }

  private async findTeam(teamId: string | null): Promise<TeamSnapshot | null> {
    return teamId === null ? null : this.teams.find(teamId);
  }

  private async findOrganization(id: string | null): Promise<TenancyFacts['organization']> {
    return id === null ? null : this.organizations.find(id);
  }

  private async isTeamMember(
    team: TeamSnapshot | null,
    user: UserSnapshot | null,
  ): Promise<boolean> {
    if (team === null || user === null || !this.settings.current.jwt.addUserToTeam) return false;
    return this.teams.isMember(team.teamId, user.userId);
  }
}
