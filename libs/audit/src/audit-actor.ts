import { userIdOf, type AccessContext } from '#libs/access';

/**
 * How the actor of a change came to act: with a credential of its own (`master_key`, `jwt`), or
 * `provisioning`, where Gatehouse made a row because a verified token named what did not exist yet.
 */
type AuditActorKind = AccessContext['principal']['kind'] | 'provisioning';

/** The author of a change, and its request. */
export interface AuditActor {
  readonly kind: AuditActorKind;
  /** Account of the actor; `default_user_id` for the master key; `null` where none is known. */
  readonly userId: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly requestId: string | null;
  readonly decisionId: string | null;
}

/** The actor of rows that a token brings into being where the caller's context is not at hand. */
export const PROVISIONING_ACTOR: AuditActor = Object.freeze({
  kind: 'provisioning',
  userId: null,
  issuer: null,
  subject: null,
  requestId: null,
  decisionId: null,
});

/**
 * The actor of a change that a caller asked for.
 * @param access the request's context
 */
export function auditActorOf(access: AccessContext): AuditActor {
  return {
    kind: access.principal.kind,
    userId: userIdOf(access),
    issuer: access.principal.issuer,
    subject: access.principal.subject,
    requestId: access.requestId,
    decisionId: access.decisionId,
  };
}
