/** Reads that handlers restrict to what the caller may see. `/models/{model_id}` is ours, as in `openai_routes`. */
export const infoRoutes = [
  '/key/info',
  '/key/health',
  '/team/info',
  '/team/list',
  '/v2/team/list',
  '/organization/list',
  '/team/available',
  '/team/metadata_schema',
  '/user/info',
  '/v2/user/info',
  '/model/info',
  '/v2/model/info',
  '/v2/key/info',
  '/model_group/info',
  '/health',
  '/health/services',
  '/key/list',
  '/user/filter/ui',
  '/models',
  'GET /models/{model_id}',
  '/sso/get/ui_settings',
  '/get/user_banner',
] as const;

/** Virtual keys, and the reports that LiteLLM counts with them. */
export const keyManagementRoutes = [
  '/key/generate',
  '/key/update',
  '/key/delete',
  '/key/info',
  '/key/regenerate',
  '/key/service-account/generate',
  '/key/{key_id}/regenerate',
  '/key/list',
  '/key/block',
  '/key/unblock',
  '/key/bulk_update',
  '/team/key/bulk_update',
  '/team/daily/activity',
  '/team/daily/activity/aggregated',
  '/spend/logs',
  '/spend/logs/v2',
  '/key/{key_id}/reset_spend',
  '/key/aliases',
  '/key/access_group_assignment',
] as const;

/** Administration of users, teams and models, and the routes that only Gatehouse has. */
export const managementRoutes = [
  '/user/new',
  '/user/update',
  '/user/bulk_update',
  '/user/delete',
  '/user/info',
  '/user/list',
  '/user/daily/activity',
  '/user/daily/activity/aggregated',
  '/team/new',
  '/team/update',
  '/team/{team_id}',
  '/team/delete',
  '/team/list',
  '/v2/team/list',
  '/team/info',
  '/team/block',
  '/team/unblock',
  '/team/available',
  '/team/metadata_schema',
  '/team/permissions_list',
  '/team/permissions_update',
  '/team/permissions_bulk_update',
  '/team/daily/activity',
  '/team/daily/activity/aggregated',
  '/gateway/daily/activity',
  '/model/new',
  '/model/update',
  '/model/delete',
  '/model/info',
  '/jwt/key/mapping/new',
  '/jwt/key/mapping/update',
  '/jwt/key/mapping/delete',
  '/jwt/key/mapping/list',
  '/jwt/key/mapping/info',
  '/organization/*',
  '/customer/*',
  '/end_user/*',
  '/budget/*',
  '/audit',
  '/audit/*',
  '/auth/explain',
  '/decisions/*',
  '/revocations',
  '/revocations/*',
  '/health/readiness/details',
  '/metrics',
] as const;

/** Spend by key, user and tag. */
export const spendTrackingRoutes = [
  '/spend/keys',
  '/spend/users',
  '/spend/tags',
  '/spend/calculate',
  '/spend/logs',
  '/spend/logs/ui',
  '/spend/logs/session/ui',
  '/cost/estimate',
  '/spend/logs/v2',
  '/key/spend/report',
  '/user/spend/report',
  '/team/spend/report',
  '/organization/spend/report',
  '/management/v1/spend_logs/end_users',
  '/management/v1/spend_logs/users',
] as const;

/** Spend across all tenants. */
export const globalSpendTrackingRoutes = [
  '/global/spend',
  '/global/spend/logs',
  '/global/spend/keys',
  '/global/spend/teams',
  '/global/spend/end_users',
  '/global/spend/models',
  '/global/spend/report',
  '/global/spend/provider',
  '/global/spend/tags',
  '/global/spend/all_tag_names',
  '/global/predict/spend/logs',
] as const;

/** Ours: reports that show a caller nothing but its own spend, so callers without a team may ask for them. */
export const ownSpendRoutes = [
  '/spend/logs',
  '/spend/logs/v2',
  '/spend/calculate',
  '/cost/estimate',
] as const;

/** Ours: what people do with their own virtual keys, so that callers without a team may ask for it. */
export const ownKeyRoutes = [
  '/key/generate',
  '/key/delete',
  '/key/regenerate',
  '/key/{key_id}/regenerate',
] as const;

/** Routes for the bootstrap credential alone. */
export const masterKeyOnlyRoutes = [
  '/global/spend/reset',
  '/memory-usage-in-mem-cache',
  '/memory-usage-in-mem-cache-items',
] as const;

/** Routes that LiteLLM serves without a credential; here `@Public()` and `general_settings.public_routes` decide. */
export const publicRoutes = [
  '/routes',
  '/',
  '/health/liveliness',
  '/health/liveness',
  '/health/readiness',
  '/test',
  '/config/yaml',
  '/litellm/.well-known/litellm-ui-config',
  '/.well-known/litellm-ui-config',
  '/public/model_hub',
  '/public/model_hub/info',
  '/public/agent_hub',
  '/public/mcp_hub',
  '/public/skill_hub',
  '/public/litellm_model_cost_map',
] as const;

/** Routes of LiteLLM's web interface, kept for old configurations; `info_routes` belong to them too. */
export const uiRoutes = [
  '/sso',
  '/sso/get/ui_settings',
  '/get/ui_settings',
  '/login',
  '/key/info',
  '/config',
  '/spend',
  '/model/info',
  '/v2/model/info',
  '/v2/key/info',
  '/models',
  '/global/spend',
  '/global/spend/logs',
  '/global/spend/keys',
  '/global/spend/models',
  '/global/spend/tags',
  '/global/predict/spend/logs',
  '/global/activity',
  '/health/services',
] as const;
