import { NO_TEAMS, Withdrawal, type AccessContext, type Principal } from '#libs/access';
import { newDecisionId, newRequestId } from '#libs/common';

/** Tag of the calls that check deployments, LiteLLM's name, so that reports by tag show what they cost. */
const HEALTH_CHECK_TAG = 'litellm-internal-health-check';

const GATEWAY: Principal = Object.freeze({
  kind: 'anonymous',
  issuer: null,
  subject: null,
  userId: null,
  email: null,
  emailVerified: null,
  teams: NO_TEAMS,
  orgId: null,
  orgAlias: null,
  endUserId: null,
  agentId: null,
  scopes: [],
  roles: [],
  rbacRole: null,
  role: null,
  isAdmin: false,
  mayAdminister: false,
  clientIds: [],
  tokenId: null,
  sessionId: null,
  issuedAt: null,
  authenticatedAt: null,
  key: null,
  claims: {},
});

/**
 * Returns the access of a call that the gateway makes for itself: to every model, booked to no key, user, team or organisation. It
 * counts against the budgets of the gateway and of the provider.
 */
export function gatewayAccess(): AccessContext {
  return {
    requestId: newRequestId(),
    decisionId: newDecisionId(),
    clientRequestId: null,
    principal: GATEWAY,
    role: 'proxy_admin',
    storedRole: null,
    administeredOrganizations: [],
    attribution: {
      issuer: null,
      subject: null,
      keyId: null,
      userId: null,
      teamId: null,
      orgId: null,
      endUserId: null,
    },
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
