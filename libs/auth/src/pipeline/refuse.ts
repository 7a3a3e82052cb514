import type { GuardName } from '#libs/access';
import { refusalError, type Refusal } from '../policy/refusal.js';
import type { JudgedCall } from './judged-call.js';

/**
 * Writes a refusal into the trace of a call and ends the call with it. Without a refusal nothing happens.
 * @param call the judged call
 * @param guard whose judgement it is
 * @param refusal what policy concluded
 * @throws GatehouseError the code of the refusal
 */
export function refuseIf(
  call: Pick<JudgedCall, 'trace' | 'obstacle'>,
  guard: GuardName,
  refusal: Refusal | null,
): void {
  if (refusal === null) return;
  call.obstacle = refusal.obstacle ?? null;
  call.trace.refused(guard, refusal.code, refusal.detail, refusal.configKey);
  throw refusalError(refusal);
}
