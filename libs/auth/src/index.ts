/*
 * auth: authentication of callers, the ordered guards, tenancy, explanations of decisions.
 * Entry points: AuthModule (global guards, POST /auth/explain, GET /decisions/{id}), AUTH_LIBRARY, PipelineModule, KeySetManager.
 * Every decision is made by AccessPipeline, for live requests and explanations alike; handlers see AccessContext.
 * Guards in front of tenancy ask no database; only tenancy plans writes, and a refused caller causes none.
 * Must never import: proxy, admin, offline, apps.
 */
export { AUTH_LIBRARY, AuthModule } from './auth.module.js';
export { customValidationProblems } from './claims/custom-validation-problems.js';
export { AccessExplainer, type ExplainedCall } from './explain/access-explainer.service.js';
export { requireOrdinaryMembers } from './body/inherited-names.js';
export type { DecisionRecord, RecordedPrincipal } from './decisions/decision-record.js';
export { CONFIG_KEYS } from './failures/config-keys.js';
export { issuerKeysOf, type IssuerKeys } from './jwt/issuer-keys.js';
export { KeyAddressCheck, type KeyAddressFinding } from './jwt/key-address-check.service.js';
export {
  ProviderEndpointCheck,
  type ProviderEndpointFinding,
} from './credentials/provider-endpoint-check.service.js';
export { JwtModule } from './jwt/jwt.module.js';
export { KeySetManager } from './jwt/key-set-manager.js';
export type { KeySetStatus } from './jwt/key-source.js';
export { coveringGrant } from './policy/route-grant.js';
export { heldRouteGrants } from './policy/route-permissions.js';
export { policyProblems } from './policy/written-policies.js';
export { PipelineModule } from './pipeline/pipeline.module.js';
export { RevocationList } from './revocation/revocation-list.service.js';
