import { NO_ATTRIBUTION, NO_CALLER, Withdrawal, type AccessContext } from '#libs/access';
import { newDecisionId, newRequestId } from '#libs/common';

/** Tag of the calls that check deployments, LiteLLM's name, so that reports by tag show what they cost. */
const HEALTH_CHECK_TAG = 'litellm-internal-health-check';

/**
 * Returns the access of a call that the gateway makes for itself: to every model, booked to no key, user, team or organisation. It
 * counts against the budgets of the gateway and of the provider.
 */
export function gatewayAccess(): AccessContext {
  return {
    requestId: newRequestId(),
    decisionId: newDecisionId(),
    clientRequestId: null,
    principal: NO_CALLER,
    role: 'proxy_admin',
    storedRole: null,
    administeredOrganizations: [],
    attribution: NO_ATTRIBUTION,
    ownTags: [],
    tags: [HEALTH_CHECK_TAG],
    models: { mayUse: () => true },
    endUserModels: null,
    routeLimits: [],
    modelLimits: [],
    admission: { commit: () => undefined },
    withdrawal: new Withdrawal(),
  };
}
