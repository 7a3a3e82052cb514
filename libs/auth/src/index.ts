/*
 * auth: who calls, for whom, and whether they may: authentication, the ordered guards, tenancy, explanations.
 * Entry points: AuthModule (global guards, POST /auth/explain, GET /decisions/{id}), AUTH_ENTITIES, KeySetManager.
 * Every decision is made by AccessPipeline, for live requests and explanations alike; handlers see AccessContext.
 * Guards in front of tenancy ask no database; only tenancy plans writes, and a refused caller causes none.
 * Must never import: proxy, directory, apps.
 */
export { AuthModule } from './auth.module.js';
export { AUTH_ENTITIES } from './explain/decision.entity.js';
export { KeySetManager } from './jwt/key-set-manager.js';
export type { KeySetStatus } from './jwt/key-source.js';
export { coveringGrant, heldRouteGrants } from './policy/route-permissions.js';
