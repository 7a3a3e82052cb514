import {
  anthropicRoutes,
  googleRoutes,
  inferenceAgentRoutes,
  inferenceMcpRoutes,
  managementAgentRoutes,
  managementMcpRoutes,
  nativeRoutes,
  openaiRoutes,
  passThroughRoutes,
} from './route-groups-inference.js';
import {
  globalSpendTrackingRoutes,
  infoRoutes,
  keyManagementRoutes,
  managementRoutes,
  masterKeyOnlyRoutes,
  ownKeyRoutes,
  ownOrganizationRoutes,
  ownSpendRoutes,
  publicRoutes,
  spendTrackingRoutes,
  uiRoutes,
} from './route-groups-management.js';
import {
  adminViewerRoutes,
  internalUserRoutes,
  internalUserViewOnlyRoutes,
  orgAdminAllowedRoutes,
  orgAdminOnlyRoutes,
  selfManagedRoutes,
} from './route-groups-roles.js';

const passThroughWildcards = passThroughRoutes.map((route) => `${route}/*`);
const guardrailRoutes = ['/guardrails/apply_guardrail'];
const modelInfoRoutes = ['/model/info'];

/**
 * Every name that may stand for a list of routes: LiteLLM's groups with their members, and
 * Gatehouse's additions. Routes are in their canonical spelling; their aliases follow from
 * {@link canonicalPath}. A changed line changes permissions, which
 * `test/contract/route-permissions.spec.ts` compares.
 */
export const ROUTE_GROUPS = {
  openai_routes: openaiRoutes,
  anthropic_routes: anthropicRoutes,
  google_routes: googleRoutes,
  mapped_pass_through_routes: passThroughRoutes,
  passthrough_routes_wildcard: passThroughWildcards,
  litellm_native_routes: nativeRoutes,
  apply_guardrail_routes: guardrailRoutes,
  model_info_routes: modelInfoRoutes,
  mcp_inference_routes: inferenceMcpRoutes,
  mcp_management_routes: managementMcpRoutes,
  mcp_routes: [...inferenceMcpRoutes, ...managementMcpRoutes],
  agent_inference_routes: inferenceAgentRoutes,
  agent_management_routes: managementAgentRoutes,
  agent_routes: [...inferenceAgentRoutes, ...managementAgentRoutes],
  llm_api_routes: [
    ...openaiRoutes,
    ...anthropicRoutes,
    ...googleRoutes,
    ...passThroughRoutes,
    ...passThroughWildcards,
    ...guardrailRoutes,
    ...inferenceMcpRoutes,
    ...nativeRoutes,
    ...inferenceAgentRoutes,
    ...modelInfoRoutes,
  ],
  info_routes: infoRoutes,
  key_management_routes: keyManagementRoutes,
  management_routes: [
    ...managementRoutes,
    ...keyManagementRoutes,
    ...managementMcpRoutes,
    ...managementAgentRoutes,
  ],
  spend_tracking_routes: spendTrackingRoutes,
  global_spend_tracking_routes: globalSpendTrackingRoutes,
  own_spend_routes: ownSpendRoutes,
  own_key_routes: ownKeyRoutes,
  own_organization_routes: ownOrganizationRoutes,
  master_key_only_routes: masterKeyOnlyRoutes,
  public_routes: publicRoutes,
  ui_routes: [...uiRoutes, ...infoRoutes],
  internal_user_routes: internalUserRoutes,
  internal_user_view_only_routes: internalUserViewOnlyRoutes,
  self_managed_routes: selfManagedRoutes,
  org_admin_only_routes: orgAdminOnlyRoutes,
  admin_viewer_routes: adminViewerRoutes,
  org_admin_allowed_routes: orgAdminAllowedRoutes,
} as const satisfies Record<string, readonly string[]>;

/** Name of a group of routes. */
export type RouteGroupName = keyof typeof ROUTE_GROUPS;

/** Every group's name. */
export const ROUTE_GROUP_NAMES = Object.keys(ROUTE_GROUPS) as readonly RouteGroupName[];

/**
 * Tells whether an entry of a list of routes is the name of a group.
 * @param entry group name, literal path or pattern
 */
export function isRouteGroupName(entry: string): entry is RouteGroupName {
  return Object.hasOwn(ROUTE_GROUPS, entry);
}
