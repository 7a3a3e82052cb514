import {
  namesPrefixes,
  tagsOfMetadata,
  type KeyGrant,
  type Limits,
  type ModelAliases,
} from '#libs/access';
import type { KeyMappingEntity } from './key-mapping.entity.js';
import type { VirtualKeyEntity } from './virtual-key.entity.js';

/** What a decision needs to know of a key. Frozen. */
export interface KeySnapshot {
  /** What the key itself restricts. */
  readonly grant: KeyGrant;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly organizationId: string | null;
  readonly blocked: boolean;
  readonly limits: Limits;
  /** Milliseconds since the Unix epoch from which on the key is refused; `null` never. */
  readonly expiresAtMs: number | null;
}

/** The values of a key that a request may set. */
export interface KeyValues {
  readonly alias: string | null;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly organizationId: string | null;
  readonly models: string[];
  readonly allowedRoutes: string[];
  /** Whether an administrator of the gateway set {@link allowedRoutes}. Left out for `false`. */
  readonly opensPrefixes?: boolean;
  /** Left out for none. */
  readonly passThroughRoutes?: string[];
  /** Left out for none. */
  readonly modelAliases?: ModelAliases;
  readonly metadata: object;
  readonly limits: Limits;
  readonly blocked: boolean;
  readonly expiresAt: Date | null;
}

/** The values of a mapping that a request may set. */
export interface KeyMappingValues {
  readonly claimName: string;
  readonly claimValue: string;
  /** `null` takes every issuer. */
  readonly issuer: string | null;
  readonly keyId: string;
  readonly description: string | null;
  readonly isActive: boolean;
}

/**
 * The members that say something: those that are `undefined` are left out, `null` stays.
 * @param values every member, said or not
 */
export function givenOf<T extends object>(values: {
  readonly [Name in keyof T]: T[Name] | undefined;
}): Partial<T> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}

/** The snapshot of a row. */
export function keySnapshotOf(row: VirtualKeyEntity): KeySnapshot {
  return {
    grant: {
      keyId: row.keyId,
      ...(row.firstKeyId === null ? {} : { firstKeyId: row.firstKeyId }),
      alias: row.alias,
      models: [...row.models],
      allowedRoutes: [...row.allowedRoutes],
      ...prefixRoutesOf(row),
      ...(row.passThroughRoutes.length > 0 && { passThroughRoutes: [...row.passThroughRoutes] }),
      ...(Object.keys(row.modelAliases).length > 0 && { modelAliases: row.modelAliases }),
      tags: tagsOfMetadata(row.metadata),
    },
    userId: row.userId,
    teamId: row.teamId,
    organizationId: row.organizationId,
    blocked: row.blocked,
    limits: row.limits,
    expiresAtMs: row.expiresAt?.getTime() ?? null,
  };
}

function prefixRoutesOf({ allowedRoutes, opensPrefixes }: VirtualKeyEntity): Partial<KeyGrant> {
  const prefixRoutes = opensPrefixes ? allowedRoutes.filter(namesPrefixes) : [];
  return prefixRoutes.length === 0 ? {} : { prefixRoutes };
}

/**
 * The form in which a key stands in the audit trail. No member is named after keys or tokens,
 * because those the trail masks; nothing here is secret.
 */
export function keyRecordOf(row: VirtualKeyEntity): object {
  return {
    id: row.keyId,
    display: row.name,
    alias: row.alias,
    user_id: row.userId,
    team_id: row.teamId,
    organization_id: row.organizationId,
    models: row.models,
    allowed_routes: row.allowedRoutes,
    opens_prefixes: row.opensPrefixes,
    allowed_passthrough_routes: row.passThroughRoutes,
    model_aliases: row.modelAliases,
    metadata: row.metadata,
    limits: row.limits,
    blocked: row.blocked,
    expires_at: row.expiresAt?.toISOString() ?? null,
  };
}

/** The form in which a mapping stands in the audit trail. */
export function mappingRecordOf(row: KeyMappingEntity): object {
  return {
    id: row.mappingId,
    claim_name: row.claimName,
    claim_value: row.claimValue,
    issuer: row.issuer === '' ? null : row.issuer,
    runs_as: row.keyId,
    description: row.description,
    active: row.isActive,
  };
}
