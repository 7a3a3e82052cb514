import type { JsonObjectScan } from '#libs/common';
import { foldedName } from '../endpoints/request/request-parameters.js';
import { invalidParameter } from '../endpoints/request/request-values.js';
import type { PassThroughPlan } from './pass-through-plan.js';

/** Members that permissions and prices are found by. */
const EVALUATED: ReadonlySet<string> = new Set(['background', 'model', 'service_tier']);
const RESPONSES = /\/responses$/i;

/**
 * Refuses members of a body whose model is read that an upstream could understand in another way than the gateway, and a response
 * that is made after its request has been answered, so that its cost would not be seen.
 * @throws GatehouseError `request_invalid` with the name of the member
 */
export function requireClearMembers(
  { model, below, isEndpoint }: Pick<PassThroughPlan, 'model' | 'below' | 'isEndpoint'>,
  scan: Pick<JsonObjectScan, 'members' | 'value'>,
): void {
  if (isEndpoint || model === null) return;
  for (const name of scan.members.keys()) {
    const folded = foldedName(name);
    if (folded !== name && EVALUATED.has(folded))
      throw invalidParameter(name, `"${folded}" must be written in lower case.`);
  }
  if (RESPONSES.test(below) && (scan.value('background') ?? false) !== false)
    throw invalidParameter(
      'background',
      '"background" must be false: what a response costs is not known before it has ended. Leave it out, or use "stream".',
    );
}
