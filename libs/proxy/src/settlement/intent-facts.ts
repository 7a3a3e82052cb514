import type { AccessContext } from '#libs/access';
import type { DeploymentSettings } from '#libs/config';
import type { CallIntent, CallOrigin, CostReservation } from '#libs/spend';

/** A call, and the deployment that serves it. */
interface ServedCall {
  readonly access: Pick<AccessContext, 'clientRequestId' | 'decisionId'>;
  readonly cost: Pick<CostReservation, 'request'>;
  readonly origin: CallOrigin;
  readonly deployment: Pick<DeploymentSettings, 'id' | 'provider' | 'upstreamModel'>;
}

type IntentFacts = CallOrigin &
  Pick<
    CallIntent,
    | 'clientRequestId'
    | 'decisionId'
    | 'callType'
    | 'modelGroup'
    | 'model'
    | 'provider'
    | 'deploymentId'
    | 'attribution'
  >;

/** Returns what a spend entry says of its call beside the amounts that are held for it. */
export function intentFacts(
  { access, cost, origin, deployment }: ServedCall,
  callType: string,
): IntentFacts {
  const { attribution, modelGroup } = cost.request;
  return {
    clientRequestId: access.clientRequestId,
    decisionId: access.decisionId,
    callType,
    modelGroup,
    model: deployment.upstreamModel,
    provider: deployment.provider,
    deploymentId: deployment.id,
    attribution,
    ...origin,
  };
}
