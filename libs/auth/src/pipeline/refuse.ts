import type { GuardName } from '#libs/access';
import { refusalError, type Refusal } from '../failures/refusal.js';
import type { AccessDecision } from '../call/access-decision.js';

/**
 * Writes a refusal into the trace of a call and ends the call with it. Without a refusal nothing happens.
 * @param guard whose evaluation it is
 * @throws GatehouseError the code of the refusal
 */
export function refuseIf(
  call: Pick<AccessDecision, 'trace' | 'obstacle'>,
  guard: GuardName,
  refusal: Refusal | null,
): void {
  if (refusal === null) return;
  call.obstacle = refusal.obstacle ?? null;
  call.trace.refused(guard, refusal.code, refusal.detail, refusal.configKey);
  throw refusalError(refusal);
}
