import { Injectable } from '@nestjs/common';
import type { Admission } from '#libs/access';
import {
  Database,
  FOREIGN_KEY_VIOLATION,
  postgresErrorCode,
  type UnitOfWork,
} from '#libs/database';
import { EndUsersService } from '#libs/end-users';
import { KeyRegistrationService } from '#libs/keys';
import { UsersService } from '#libs/users';
import { GroupProvisioningService } from './group-provisioning.service.js';
import { isNothingPlanned, type PlannedWrites } from './planned-writes.js';
import { TokenSyncService } from './token-sync.service.js';

const NOTHING_TO_DO: Admission = Object.freeze({ commit: () => undefined });

/** Tells whether an admission plans no write. */
export function isNothingToCommit(admission: Admission): boolean {
  return admission === NOTHING_TO_DO;
}

/**
 * Makes the rows that admitting a caller entails. One transaction for all of them; each write is harmless when
 * another request was faster, so simultaneous first calls leave one row and all succeed (threat A07). Only when two
 * issuers' first tokens race for one account, or two subjects' for one address, does the later get `identity_conflict`.
 */
@Injectable()
export class ProvisioningService {
  /** What is being written, so that first calls of one caller at the same time write it once. */
  private readonly running = new Map<string, Promise<void>>();

  /**
   * @param groups rows of organisations, teams and memberships
   * @param endUsers rows of end users
   * @param mirror rows that follow tokens
   * @param keys virtual keys of callers
   */
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly groups: GroupProvisioningService,
    private readonly endUsers: EndUsersService,
    private readonly mirror: TokenSyncService,
    private readonly keys: KeyRegistrationService,
  ) {}

  /**
   * The admission that makes planned writes when it is committed, once however often that is asked. A commit that
   * failed may be tried again.
   */
  admissionFor(plan: PlannedWrites): Admission {
    if (isNothingPlanned(plan)) return NOTHING_TO_DO;
    let commitment: Promise<void> | null = null;
    return Object.freeze({
      commit: async (): Promise<void> => {
        commitment ??= this.writeOnce(plan);
        try {
          await commitment;
        } catch (error) {
          commitment = null;
          throw error;
        }
      },
    });
  }

  private writeOnce(plan: PlannedWrites): Promise<void> {
    const key = JSON.stringify(plan);
    const running = this.running.get(key);
    if (running !== undefined) return running;
    const write = this.write(plan).finally(() => this.running.delete(key));
    this.running.set(key, write);
    return write;
  }

  private async write(plan: PlannedWrites): Promise<void> {
    try {
      await this.database.write((unit) => this.writeIn(unit, plan));
    } catch (error) {
      if (postgresErrorCode(error) !== FOREIGN_KEY_VIOLATION || plan.membership === null)
        throw error;
      throw await this.groups.vanished(plan.membership, error);
    }
  }

  private async writeIn(unit: UnitOfWork, plan: PlannedWrites): Promise<void> {
    const { newUser, binding, newOrgId, newTeam, membership, sync, newEndUserId, newKey } = plan;
    if (newUser !== null) await this.users.ensureFromToken(unit, newUser);
    if (binding !== null) await this.users.bindIdentity(unit, binding);
    await this.groups.make(unit, { newOrgId, newTeam });
    if (sync !== null) await this.mirror.follow(unit, sync);
    if (membership !== null) await this.groups.addMember(unit, { ...membership });
    if (newEndUserId !== null) await this.endUsers.ensure(unit, newEndUserId);
    if (newKey !== null) await this.keys.register(unit, newKey);
  }
}
