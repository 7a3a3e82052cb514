import { Inject, Injectable } from '@nestjs/common';
import { RevocationList } from '#libs/auth';
import { EndUsersService, type EndUserSnapshot } from '#libs/end-users';
import {
  KeyMappingsService,
  KeysService,
  type KeyMappingSnapshot,
  type KeySnapshot,
} from '#libs/keys';
import {
  OrganizationMembershipsService,
  OrganizationsService,
  type OrganizationOfUser,
  type OrganizationSnapshot,
} from '#libs/orgs';
import { MembershipsService, TeamsService, type TeamOfUser, type TeamSnapshot } from '#libs/teams';
import { UsersService, type TokenIdentity, type UserSnapshot } from '#libs/users';
import { RowBook } from './row-book.js';

/*
 * The services in which the pipeline looks up rows. The lookups that it makes read a RowBook; every
 * other method is inherited and fails at the database, which is not there.
 */

/** Organisations of a {@link RowBook}. */
@Injectable()
export class OfflineOrganizations extends OrganizationsService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override find(id: string): Promise<OrganizationSnapshot | null> {
    return Promise.resolve(this.rows.organization(id));
  }

  override findByAlias(alias: string): Promise<readonly OrganizationSnapshot[]> {
    return Promise.resolve(this.rows.organizationsByAlias(alias));
  }
}

/** No memberships in organisations: a book states none. */
@Injectable()
export class NoOrganizationMemberships extends OrganizationMembershipsService {
  override of(): Promise<readonly OrganizationOfUser[]> {
    return Promise.resolve([]);
  }
}

/** Memberships of a {@link RowBook}. */
@Injectable()
export class OfflineMemberships extends MembershipsService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override of(userId: string): Promise<readonly TeamOfUser[]> {
    return Promise.resolve(this.rows.teamsOf(userId));
  }
}

/** Teams of a {@link RowBook}. */
@Injectable()
export class OfflineTeams extends TeamsService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override find(teamId: string): Promise<TeamSnapshot | null> {
    return Promise.resolve(this.rows.team(teamId));
  }

  override findByAlias(alias: string): Promise<readonly TeamSnapshot[]> {
    return Promise.resolve(this.rows.teamsByAlias(alias));
  }
}

/** Users of a {@link RowBook}. */
@Injectable()
export class OfflineUsers extends UsersService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override find(userId: string): Promise<UserSnapshot | null> {
    return Promise.resolve(this.rows.user(userId));
  }

  override findByEmail(email: string, identity: TokenIdentity): Promise<UserSnapshot | null> {
    const { issuer, subject } = identity;
    const found = this.rows
      .usersByEmail(email)
      .filter(
        ({ boundIssuer, boundSubject }) =>
          boundIssuer === null || (boundIssuer === issuer && boundSubject === subject),
      );
    return Promise.resolve(found.length === 1 ? (found[0] ?? null) : null);
  }
}

/** End users of a {@link RowBook}. */
@Injectable()
export class OfflineEndUsers extends EndUsersService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override find(endUserId: string): Promise<EndUserSnapshot | null> {
    return Promise.resolve(this.rows.endUser(endUserId));
  }
}

/** Virtual keys of a {@link RowBook}. */
@Injectable()
export class OfflineKeys extends KeysService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override find(keyId: string): Promise<KeySnapshot | null> {
    return Promise.resolve(this.rows.key(keyId));
  }
}

/** Mappings to virtual keys of a {@link RowBook}. */
@Injectable()
export class OfflineKeyMappings extends KeyMappingsService {
  @Inject(RowBook)
  private readonly rows!: RowBook;

  override of(claimValue: string): Promise<readonly KeyMappingSnapshot[]> {
    return Promise.resolve(this.rows.keyMappingsOf(claimValue));
  }
}

/** An empty list of revocations: only a running gateway knows what was revoked. */
@Injectable()
export class NoRevocations extends RevocationList {
  override onModuleInit(): void {
    // There is no list to load.
  }

  override refuseRevoked(): Promise<void> {
    return Promise.resolve();
  }

  override logoutOfSameSecond(): Promise<null> {
    return Promise.resolve(null);
  }
}
