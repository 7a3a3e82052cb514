import { UNLIMITED } from '#libs/access';
import { Injectable } from '@nestjs/common';
import { PROVISIONING_ACTOR, type AuditActor } from '#libs/audit';
import { GatehouseError, type ErrorCode } from '#libs/common';
import type { UnitOfWork } from '#libs/database';
import { KeyMappingEntity } from './entities/key-mapping.entity.js';
import { unknownOwnerOf, type KeyOwner } from './key-conflicts.js';
import { KeyMappingsService } from './key-mappings.service.js';
import { newKeyText } from './entities/key-text.js';
import { KeysService } from './keys.service.js';

/** The caller that receives a key by `unregistered_jwt_client_behavior: auto_register`. */
export interface KeyRegistration {
  /** Claim path and value by which its tokens are known. */
  readonly claimName: string;
  readonly claimValue: string;
  /** `iss` of its tokens; `null` where they have none. */
  readonly issuer: string | null;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly organizationId: string | null;
  /** Routes that its tokens may call; empty for all that a key may. */
  readonly allowedRoutes: readonly string[];
}

/** Makes the keys that callers get with their first admitted token. */
@Injectable()
export class KeyRegistrationService {
  constructor(
    private readonly keys: KeysService,
    private readonly mappings: KeyMappingsService,
  ) {}

  /**
   * Makes a key with the caller's user, team, organisation and routes and without other limits, and the mapping that leads
   * to it. The clear key is forgotten at once: only tokens use it. Does nothing where a mapping is there, so that of
   * simultaneous first calls one makes the key and the others leave no orphan.
   * @param registration who gets the key
   * @param actor who is recorded; default is provisioning by the user
   * @throws GatehouseError `user_unknown`, `team_unknown`, `org_unknown` for what was deleted meanwhile
   */
  async register(
    unit: UnitOfWork,
    registration: KeyRegistration,
    actor?: AuditActor,
  ): Promise<void> {
    const { claimName, claimValue, issuer, userId, teamId, organizationId } = registration;
    // Of simultaneous first calls the later ones find the mapping of the first committed.
    await unit.lock('key_mapping', JSON.stringify([claimName, claimValue, issuer]));
    const isMapped = await unit.manager.existsBy(KeyMappingEntity, {
      claimName,
      claimValue,
      issuer: issuer ?? '',
    });
    if (isMapped) return;
    const by = actor ?? { ...PROVISIONING_ACTOR, userId, issuer };
    const values = {
      alias: null,
      userId,
      teamId,
      organizationId,
      models: [],
      allowedRoutes: [...registration.allowedRoutes],
      metadata: { auto_registered: true },
      limits: UNLIMITED,
      blocked: false,
      expiresAt: null,
    };
    const { keyId } = await stillThere(this.keys.create(unit, newKeyText(), values, by));
    const description = 'Registered by the first admitted token.';
    const mapping = { claimName, claimValue, issuer, keyId, description, isActive: true };
    await this.mappings.create(unit, mapping, by);
  }
}

const DELETED: Readonly<Record<KeyOwner, ErrorCode>> = {
  user: 'user_unknown',
  team: 'team_unknown',
  organization: 'org_unknown',
};

/** An administrator deleted an owner after the caller was evaluated: the call is refused as the next one will be. */
async function stillThere<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const owner = unknownOwnerOf(error);
    throw owner === null ? error : new GatehouseError(DELETED[owner], { cause: error });
  }
}
