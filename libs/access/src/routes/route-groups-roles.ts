import {
  infoRoutes,
  keyManagementRoutes,
  managementRoutes,
  spendTrackingRoutes,
} from './route-groups-management.js';
import { managementAgentRoutes, managementMcpRoutes } from './route-groups-inference.js';

/** Reports on the rules of the European Union's AI act and data protection. */
const complianceRoutes = ['/compliance/eu-ai-act', '/compliance/gdpr'] as const;
const tagReadingRoutes = [
  '/tag/daily/activity',
  '/tag/daily/activity/aggregated',
  '/tag/list',
] as const;
const globalActivityRoutes = [
  '/global/activity',
  '/global/activity/model',
  '/global/activity/cache_hits',
] as const;

/** What LiteLLM opens to internal users besides models and reads (its newest revision). */
export const internalUserRoutes = [
  ...globalActivityRoutes,
  '/models/{model_id}',
  '/guardrails/list',
  '/v2/guardrails/list',
  '/project/list',
  '/project/info',
  '/search_tools/list',
  '/search_tools/ui/available_providers',
  ...tagReadingRoutes,
  ...complianceRoutes,
  ...spendTrackingRoutes,
  ...keyManagementRoutes,
] as const;

/** What LiteLLM opens to internal users who only view. */
export const internalUserViewOnlyRoutes = [
  ...spendTrackingRoutes,
  ...complianceRoutes,
  ...tagReadingRoutes,
] as const;

/** Routes whose handlers decide for themselves who may do what. */
export const selfManagedRoutes = [
  '/team/member_add',
  '/team/member_delete',
  '/team/member_update',
  '/team/permissions_list',
  '/team/permissions_update',
  '/team/daily/activity',
  '/team/daily/activity/aggregated',
  '/team/{team_id}/member/{user_id}/reset_spend',
  '/team/{team_id}/members/me',
  '/model/new',
  '/model/update',
  '/model/delete',
  '/model/{model_id}/update',
  '/user/daily/activity',
  '/user/daily/activity/aggregated',
  '/user/available_roles',
  '/user/list',
  '/organization/daily/activity',
  '/organization/daily/activity/aggregated',
  '/prompt/list',
  '/prompt/info',
  '/invitation/new',
  '/invitation/delete',
  '/guardrails/register',
  '/guardrails/submissions',
  '/guardrails/submissions/{guardrail_id}',
  '/project/list',
  '/project/info',
  '/health/test_connection',
  '/auto_router/test_routing',
  '/auto_router/validate_complexity_router_config',
  ...managementAgentRoutes,
] as const;

/** Routes of an organisation's own administrators alone. */
export const orgAdminOnlyRoutes = [
  '/organization/info',
  '/organization/delete',
  '/organization/member_add',
  '/organization/member_update',
  '/organization/member_delete',
] as const;

/** Reads of administrators who only view. */
export const adminViewerRoutes = [
  '/user/list',
  '/user/available_users',
  '/user/available_roles',
  '/user/daily/activity',
  '/team/daily/activity',
  ...tagReadingRoutes,
  '/audit',
  '/audit/{id}',
  ...globalActivityRoutes,
  ...spendTrackingRoutes,
  ...infoRoutes,
] as const;

/** Everything that an organisation's administrators may ask for. */
export const orgAdminAllowedRoutes = [
  ...orgAdminOnlyRoutes,
  ...managementRoutes,
  ...keyManagementRoutes,
  ...managementMcpRoutes,
  ...managementAgentRoutes,
  ...selfManagedRoutes,
  ...adminViewerRoutes,
] as const;
