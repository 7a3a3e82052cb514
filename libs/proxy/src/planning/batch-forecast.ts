import type { AdmittedCall } from '#libs/access';
import type { Settings } from '#libs/config';
import type { PriceBook } from '#libs/spend';
import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import type { Operation } from '../endpoints/request/endpoint.js';
import { NO_DEPLOYMENT_LIMITS } from '../routing/bare-deployment.js';
import type { CallObjects } from '../routing/call-objects.js';
import { getCallableGroup } from '../routing/model-groups.js';
import type { ModelGroup } from '../routing/model-registry.js';
import { requireModelOfLines } from './batch-model.js';

/** A call that starts a batch, as far as it is known beforehand. */
interface ForeseenBatch extends Pick<AdmittedCall, 'access' | 'trace'> {
  readonly settings: Settings;
  readonly objects: CallObjects;
  readonly group: ModelGroup;
}

/**
 * Returns what is known of a call that starts a batch by the model that all lines of its file ask for. What they cost is bounded as
 * a call of that model whose size is not known: the file is not read.
 * @param model of the lines where the call names no file; `null` for an unknown one
 * @throws GatehouseError `request_invalid`, `model_not_allowed`, `no_deployment_available`, `price_unknown`
 */
export function foreseenBatch<Call extends ForeseenBatch & { readonly endpoint: Operation }>(
  call: Call,
  model: string | null,
  priceBook: PriceBook,
): Call {
  const { access, trace, settings, objects, group, endpoint } = call;
  const ofLines = objects.inBody[0]?.modelGroup ?? model;
  if (ofLines === null) return call;
  requireModelOfLines(ofLines, access, settings);
  trace.passed('relay', `every line of the file asks for the model ${ofLines}`);
  const { billing } = chatCompletions;
  const callable = getCallableGroup(group, { settings, billing }, priceBook);
  // A batch takes no place of a call.
  const deployments = callable.deployments.map((one) => ({ ...one, limits: NO_DEPLOYMENT_LIMITS }));
  return { ...call, endpoint: { ...endpoint, billing }, group: { ...callable, deployments } };
}
