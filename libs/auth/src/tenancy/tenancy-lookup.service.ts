import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { OrganizationMembershipsService, OrganizationsService } from '#libs/orgs';
import { UsersService, type UserSnapshot } from '#libs/users';
import { mayLinkByEmail } from '../claims/email-link.js';
import { UserByEmailCache } from './user-by-email-cache.service.js';
import { TeamLookupService } from './team-lookup.service.js';
import { NO_FACTS, NO_TEAM_FACTS, type TenancyFacts } from './tenancy-facts.js';

/** Fetches the rows that a credential names. Answers from memory once they are warm; evaluates and writes nothing. */
@Injectable()
export class TenancyLookupService {
  /**
   * @param addressBook which account a verified email address belongs to
   * @param settings whose addresses lead to accounts
   * @param members who is in which organisation
   */
  constructor(
    private readonly users: UsersService,
    private readonly organizations: OrganizationsService,
    private readonly addressBook: UserByEmailCache,
    private readonly teams: TeamLookupService,
    private readonly settings: SettingsStore,
    private readonly members: OrganizationMembershipsService,
  ) {}

  /**
   * The rows that a principal names.
   * @param requestedTeam team that the request asks for, by id or alias; `null` none
   * @throws GatehouseError `database_unavailable` when a row is needed that is not in memory
   */
  async factsOf(principal: Principal, requestedTeam: string | null): Promise<TenancyFacts> {
    if (principal.kind === 'anonymous') return NO_FACTS;
    if (principal.kind === 'master_key' && requestedTeam === null) return NO_FACTS;
    const isMasterKey = principal.kind === 'master_key';
    const { user, isUserFoundByEmail } = isMasterKey ? NO_FACTS : await this.findUser(principal);
    const { orgId, orgAlias } = principal;
    const namesNoOrganisation = orgId === null && orgAlias === null;
    return {
      user,
      isUserFoundByEmail,
      organization: namesNoOrganisation ? null : await this.findOrganization(principal),
      organizationsOfUser: user === null ? [] : await this.members.of(user.userId),
      teams:
        principal.isAdmin && requestedTeam === null
          ? NO_TEAM_FACTS
          : await this.teams.factsOf({ principal, user, requested: requestedTeam }),
    };
  }

  private async findUser(
    principal: Principal,
  ): Promise<{ user: UserSnapshot | null; isUserFoundByEmail: boolean }> {
    // A token whose user id is malformed has no user; its email address does not replace the id.
    const byId = principal.userId === null ? null : await this.users.find(principal.userId);
    if (byId !== null || principal.userId === null) {
      return { user: byId, isUserFoundByEmail: false };
    }
    // A token that runs as a virtual key acts for the key's user only.
    const mayLink =
      principal.key === null && mayLinkByEmail(principal.issuer, this.settings.current.jwt);
    const user = mayLink ? await this.findByAddress(principal) : null;
    return { user, isUserFoundByEmail: user !== null };
  }

  /**
   * Finds the user's row by email address where that is switched on for the issuer. The issuer must
   * vouch for the address, and no other identity may have used the row. The row is linked to issuer and
   * subject, so a token without either links none.
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

  /** An id goes before an alias; an alias that several organisations share means none of them. */
  private async findOrganization({
    orgId,
    orgAlias,
  }: Principal): Promise<TenancyFacts['organization']> {
    if (orgId !== null) return this.organizations.find(orgId);
    if (orgAlias === null) return null;
    const [only, second] = await this.organizations.findByAlias(orgAlias);
    return second === undefined ? (only ?? null) : null;
  }
}
