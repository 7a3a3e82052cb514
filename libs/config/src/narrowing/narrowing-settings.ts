/*
 * Every setting of LiteLLM and of Gatehouse that narrows access, as data. The start is refused where one of them would be
 * ignored: a caller would get in that the author of the file meant to keep out. docs/reference/narrowing-settings.md is
 * written from this list.
 */

/** Treatment of a setting in the section in which LiteLLM reads it. `met`: its restriction holds without it. */
export type NarrowingState = 'honoured' | 'refused' | 'met';

/** One setting that narrows access, in one section that reads it. */
export interface NarrowingSetting {
  readonly key: string;
  /** Path of the section, with `[]` for the entries of a list; empty for the top level. */
  readonly section: string;
  readonly state: NarrowingState;
  /** The access that it narrows. */
  readonly narrows: string;
  /** What to write instead, or why it is met; empty for what is honoured. */
  readonly remedy: string;
  /** The values that narrow; absent where every value but null, false, "" and {} does. */
  readonly values?: readonly string[];
  /** The members that narrow, of the value or of the entries of a list; absent where any value does. */
  readonly members?: readonly string[];
  /** Whether an empty list narrows, too: it allows nothing. */
  readonly isEmptyNarrow?: boolean;
}

const ROOT = '';
const GENERAL = 'general_settings';
const JWT_AUTH = 'general_settings.litellm_jwtauth';
const CUSTOM_JWT = 'general_settings.jwt_settings';
const LIBRARY = 'litellm_settings';
const ROUTER = 'router_settings';
const PARAMS = 'model_list[].litellm_params';
const INFO = 'model_list[].model_info';
const GATEHOUSE = 'gatehouse';
const GATEHOUSE_JWT = 'gatehouse.jwt';
const GATEHOUSE_ISSUER = 'gatehouse.issuers[]';

/** The section of {@link NARROWING_SETTINGS} for variables of the environment. */
export const VARIABLES_SECTION = 'environment_variables';

function honoured(section: string, narrows: string, keys: string): readonly NarrowingSetting[] {
  return rowsOf({ section, narrows, state: 'honoured', remedy: '' }, keys);
}

function refused(
  section: string,
  narrows: string,
  [remedy, keys]: readonly [remedy: string, keys: string],
  extent: Pick<NarrowingSetting, 'values' | 'members' | 'isEmptyNarrow'> = {},
): readonly NarrowingSetting[] {
  return rowsOf({ section, narrows, state: 'refused', remedy, ...extent }, keys);
}

function met(
  section: string,
  narrows: string,
  [remedy, keys]: readonly [remedy: string, keys: string],
): readonly NarrowingSetting[] {
  return rowsOf({ section, narrows, state: 'met', remedy }, keys);
}

function rowsOf(shared: Omit<NarrowingSetting, 'key'>, keys: string): readonly NarrowingSetting[] {
  return keys
    .trim()
    .split(/\s+/)
    .map((key) => ({ key, ...shared }));
}

const GUARDRAILS =
  'Remove it: no guardrail runs. Let a service before the gateway check prompts and responses, or refuse calls by gatehouse.policies.';
const KEY_RULES =
  'Remove it, and let administrators alone make keys: write /key/generate in general_settings.admin_only_routes.';
const NO_PAGES = 'Remove it: there are no pages that a person signs in to.';

/** Callbacks that refuse calls in LiteLLM, by their names. */
const GUARD_CALLBACKS =
  `aim aporia aporia_prompt_injection azure_content_safety banned_keywords blocked_user_check
  detect_prompt_injection google_text_moderation guardrails_ai hide_secrets lakera_prompt_injection
  llamaguard_moderations llmguard_moderations openai_moderations presidio`.split(/\s+/);

/** Every setting that narrows access, with its state. */
export const NARROWING_SETTINGS: readonly NarrowingSetting[] = [
  ...honoured(
    GENERAL,
    'who is accepted',
    `enable_jwt_auth litellm_jwtauth litellm_proxy_roles jwt_settings custom_auth enforce_rbac enforce_user_param
    litellm_key_header_name`,
  ),
  ...honoured(GENERAL, 'tags that a client sends', 'reject_clientside_metadata_tags'),
  ...honoured(GENERAL, 'routes', 'allowed_routes admin_only_routes'),
  ...honoured(GENERAL, 'models and routes of a role', 'role_permissions'),
  ...refused(
    GENERAL,
    'addresses of clients',
    [
      'Allow the addresses in a firewall or in the proxy before the gateway, and remove it.',
      'allowed_ips',
    ],
    { isEmptyNarrow: true },
  ),
  ...refused(GENERAL, 'calls without the named parameters', [
    'Write a policy of gatehouse.policies, and remove it; enforce_user_param demands "user".',
    'enforced_params',
  ]),
  ...refused(GENERAL, 'keys without a team', [KEY_RULES, 'default_team_disabled']),
  ...refused(GENERAL, 'who makes keys, and which', [
    KEY_RULES,
    'custom_key_generate custom_key_update custom_key_policy disable_custom_api_keys',
  ]),
  ...refused(GENERAL, 'calls of service-account keys', [
    'Write a policy of gatehouse.policies, and remove it.',
    'service_account_settings',
  ]),
  ...refused(GENERAL, 'who signs in to pages', [NO_PAGES, 'custom_sso']),
  ...refused(GENERAL, 'who sees the pages for administrators', [NO_PAGES, 'ui_access_mode'], {
    values: ['admin', 'admin_only', 'disabled'],
  }),
  ...refused(
    GENERAL,
    'calls without a session id',
    ['Write a policy of gatehouse.policies, and remove it.', 'missing_session_id'],
    { values: ['reject'] },
  ),
  ...met(GENERAL, 'fallback models', [
    'Fallback models are always checked.',
    'enforce_fallback_model_access',
  ]),
  ...met(GENERAL, 'uploaded files', [
    'No route accepts a file.',
    'allowed_file_extensions blocked_file_extensions',
  ]),
  ...honoured(JWT_AUTH, 'who administers', 'admin_jwt_scope admin_allowed_routes'),
  ...honoured(JWT_AUTH, 'routes of callers with a team', 'team_allowed_routes'),
  ...honoured(
    JWT_AUTH,
    'teams, and their models and budgets',
    `team_id_jwt_field team_ids_jwt_field team_alias_jwt_field enforce_team_based_model_access
    sync_user_role_and_teams`,
  ),
  ...honoured(
    JWT_AUTH,
    'users and organisations, and their models and budgets',
    `user_id_jwt_field user_email_jwt_field org_id_jwt_field org_alias_jwt_field end_user_id_jwt_field
    object_id_jwt_field agent_id_jwt_field`,
  ),
  ...honoured(JWT_AUTH, 'domains of email addresses', 'user_allowed_email_domain'),
  ...honoured(
    JWT_AUTH,
    'roles',
    'user_roles_jwt_field user_allowed_roles roles_jwt_field role_mappings enforce_rbac jwt_litellm_role_map',
  ),
  ...honoured(
    JWT_AUTH,
    'models and routes of a scope',
    'scope_mappings enforce_scope_based_access',
  ),
  ...honoured(
    JWT_AUTH,
    'tokens',
    `custom_validate issuers routing_overrides virtual_key_claim_field jwt_client_id_field
    unregistered_jwt_client_behavior`,
  ),
  ...refused(JWT_AUTH, 'tokens', [
    'Write an entry of litellm_jwtauth.issuers, with issuer, jwks_url and audience; or set JWT_PUBLIC_KEY_URL, JWT_ISSUER and JWT_AUDIENCE.',
    'public_key_url issuer audience',
  ]),
  ...honoured(CUSTOM_JWT, 'tokens', 'audience_validation user_claim_mappings'),
  ...honoured(
    LIBRARY,
    'limits of new users and teams; their models refuse the start',
    'default_internal_user_params default_team_params default_team_settings',
  ),
  ...honoured(
    LIBRARY,
    'limits, models and expiry of keys that callers make',
    'default_key_generate_params upperbound_key_generate_params',
  ),
  ...refused(LIBRARY, 'who makes keys, and which', [
    KEY_RULES,
    'key_generation_settings enable_key_alias_format_validation',
  ]),
  ...refused(LIBRARY, 'end users', [
    'Block each of them (POST /customer/block), or write a policy of gatehouse.policies.',
    'blocked_user_list',
  ]),
  ...refused(
    LIBRARY,
    'hosts that a call may name',
    [
      'Remove it: the gateway fetches no address of a call; the upstream does.',
      'user_url_allowed_hosts',
    ],
    { isEmptyNarrow: true },
  ),
  ...refused(LIBRARY, 'prompts and responses', [
    GUARDRAILS,
    'guardrails banned_keywords_list prompt_injection_params',
  ]),
  ...refused(LIBRARY, 'prompts and responses', [GUARDRAILS, 'callbacks'], {
    values: GUARD_CALLBACKS,
  }),
  ...met(LIBRARY, 'ids of files', ['No route accepts a file.', 'require_managed_files']),
  ...met(LIBRARY, 'hosts that a call may name', [
    'The gateway fetches no address of a call; the upstream does.',
    'user_url_validation',
  ]),
  ...honoured(ROUTER, 'deployments by tags', 'enable_tag_filtering'),
  ...refused(
    ROUTER,
    'prompts and responses, and deployments by region',
    ['Remove these members: nothing is done by them.', 'default_litellm_params'],
    { members: ['guardrails', 'allowed_model_region'] },
  ),
  ...met(PARAMS, 'deployments by tags', [
    'Counts with router_settings.enable_tag_filtering.',
    'tags',
  ]),
  ...honoured(PARAMS, 'deployments by region', 'region_name'),
  ...refused(PARAMS, 'deployments by region', [
    'Give the deployments of each region their own model_name, and grant that name.',
    'allowed_model_region',
  ]),
  ...refused(PARAMS, 'prompts and responses', [GUARDRAILS, 'guardrails']),
  ...honoured(INFO, 'who is granted the deployment', 'access_groups'),
  ...refused(INFO, 'the team of the deployment', [
    'Use access_groups, and name them in the models of a team.',
    'team_id team_public_model_name access_via_team_ids',
  ]),
  ...refused(
    INFO,
    'environments of the deployment',
    ['Write one file for each environment.', 'supported_environments'],
    { isEmptyNarrow: true },
  ),
  ...refused(ROOT, 'prompts and responses', [GUARDRAILS, 'guardrails policies policy_attachments']),
  ...honoured(ROOT, 'everything below it', 'gatehouse'),
  ...honoured(GATEHOUSE, 'who is accepted, and what a caller may do', 'issuers policies'),
  ...honoured(GATEHOUSE, 'who administers', 'admin_issuers'),
  ...honoured(
    GATEHOUSE_JWT,
    'tokens',
    'require_exp max_token_age_seconds accepted_types refuse_duplicate_members require_verified_email',
  ),
  ...honoured(
    GATEHOUSE_ISSUER,
    'tokens of the issuer',
    'bound_claims required_claims hosted_domains',
  ),
  ...refused(VARIABLES_SECTION, 'routes', [
    'Unset it, and write general_settings.allowed_routes.',
    'DISABLE_LLM_API_ENDPOINTS DISABLE_ADMIN_ENDPOINTS',
  ]),
  ...met(VARIABLES_SECTION, 'domains of email addresses of people who sign in to pages', [
    'There are no such pages; for tokens there is user_allowed_email_domain.',
    'ALLOWED_EMAIL_DOMAINS',
  ]),
];
