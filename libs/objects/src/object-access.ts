import type { AccessContext, Attribution } from '#libs/access';

/** The caller that an object belongs to. */
export interface ObjectOwner {
  readonly organizationId: string | null;
  readonly teamId: string | null;
  readonly userId: string | null;
  /** The id that the key had at first. */
  readonly keyId: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
}

/** Callers that the objects of a user are shared with. */
type ObjectSharing = 'user' | 'team';

/** Returns the owner of what a caller makes. */
export function ownerOf(attribution: Attribution): ObjectOwner {
  const { orgId, teamId, userId, issuer, subject, keyId, firstKeyId } = attribution;
  return {
    organizationId: orgId,
    teamId,
    userId,
    keyId: firstKeyId ?? keyId,
    issuer,
    subject,
  };
}

/**
 * Tells whether a caller may use an object. Organisation and team must be those for which it was made, because they pay for it and
 * their limits count; then it must be of the same user, or key, unless objects are shared with the team. Administrators
 * of the gateway may use every object.
 */
export function mayUseObject(
  owner: ObjectOwner,
  { attribution, role }: Pick<AccessContext, 'attribution' | 'role'>,
  sharing: ObjectSharing,
): boolean {
  if (role === 'proxy_admin') return true;
  const caller = ownerOf(attribution);
  if (owner.organizationId !== caller.organizationId || owner.teamId !== caller.teamId)
    return false;
  return isSameCaller(owner, caller) || (sharing === 'team' && owner.teamId !== null);
}

/**
 * The same user, by any credential; where none is known, the same key and subject. A call without any of the three is of its
 * team.
 */
function isSameCaller(owner: ObjectOwner, caller: ObjectOwner): boolean {
  if (owner.userId !== null || caller.userId !== null) return owner.userId === caller.userId;
  const isKnown = [owner.keyId, owner.subject, owner.teamId].some((id) => id !== null);
  return (
    isKnown &&
    owner.keyId === caller.keyId &&
    owner.issuer === caller.issuer &&
    owner.subject === caller.subject
  );
}
