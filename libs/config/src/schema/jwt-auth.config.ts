import type { z } from 'zod';
import { ignoredKeys } from '../names/unsupported-keys.js';
import {
  ROLE_MAP,
  ROLE_MAPPINGS,
  ROUTING_OVERRIDES,
  SCOPE_MAPPINGS,
} from './authorization.config.js';
import { claimField, switchableClaimField } from './claim-field.config.js';
import { list } from './collections.js';
import { LITELLM_ISSUERS } from './issuers.config.js';
import { routeList } from './route-list.js';
import { emailDomain, httpAddress, modulePath, plainName } from './rules.js';
import { choice, flag, number, text } from './scalars.js';
import { section } from './section.js';

const MAX_TTL_SECONDS = 31_536_000;
const MAX_CACHE_SECONDS = 86_400;

/** Routes of administrators when `admin_allowed_routes` is left out. */
const DEFAULT_ADMIN_ROUTES = [
  'management_routes',
  'spend_tracking_routes',
  'global_spend_tracking_routes',
  'info_routes',
] as const;

/**
 * Routes of callers with a team when `team_allowed_routes` is left out, as LiteLLM's newest
 * revision has them, and reports on what the caller itself has spent.
 */
const DEFAULT_TEAM_ROUTES = [
  'openai_routes',
  'info_routes',
  'own_spend_routes',
  'mcp_routes',
  '/v1/messages',
  '/v1/messages/count_tokens',
] as const;

/** Handling of tokens without a mapped key. */
const UNREGISTERED = ['fallback_team_mapping', 'reject', 'auto_register'] as const;

const CLAIM_FIELDS = {
  user_id_jwt_field: claimField('Claim of the user id. Left out: the email is the id.'),
  user_email_jwt_field: claimField('Claim of the email address. Left out: none is known.'),
  team_id_jwt_field: switchableClaimField(
    'Claim of the team, which then is required. Left out: client_id, else azp, is used if a team of that id exists. Empty string: no claim.',
  ),
  team_ids_jwt_field: claimField('Claim of a list of team ids; the first that fits is used.', {
    differs: 'Tried in the order of the claim; one string counts as a list of one.',
  }),
  team_alias_jwt_field: claimField('Claim of the alias of the team, which then is required.'),
  org_id_jwt_field: claimField('Claim of the organisation id. Left out: none.'),
  org_alias_jwt_field: claimField('Claim of the alias of the organisation.'),
  end_user_id_jwt_field: claimField(
    'Claim of the end-user id; wins over the body. Left out: none.',
  ),
  user_roles_jwt_field: claimField('Claim of the roles that user_allowed_roles speaks of.', {
    differs: 'One string counts as a list of one.',
  }),
  roles_jwt_field: claimField(
    'Claim of the roles that role_mappings and jwt_litellm_role_map speak of.',
    {
      differs: 'One string counts as a list of one.',
    },
  ),
  object_id_jwt_field: claimField('Claim of a team id or a user id, by the role of the token.'),
  agent_id_jwt_field: claimField(
    'Claim of the id of an agent, for policies and decisions. There is no registry of agents.',
  ),
  virtual_key_claim_field: claimField(
    'Claim that is looked up in the mappings from tokens to virtual keys.',
  ),
  jwt_client_id_field: claimField('The former name of virtual_key_claim_field, which wins.'),
};

const TEAM_FIELDS = {
  team_id_default: text('Team of tokens that name none.', { rule: plainName }),
  team_id_upsert: flag('Creates unknown teams on their first admitted call.', { default: false }),
  enforce_team_based_model_access: flag('Refuses callers without any team.', { default: false }),
  team_claim_fallback: flag(
    'Claims that name no known team give way to the single team of the user.',
    {
      default: false,
    },
  ),
  fallback_to_db_teams: flag('Tokens without a team claim use the memberships of the user.', {
    default: false,
  }),
  sync_user_role_and_teams: flag('Makes role and memberships of the user follow the token.', {
    default: false,
    differs: 'A token without the claim removes the user from no team.',
  }),
  jwt_litellm_role_map: ROLE_MAP,
};

const ROLE_FIELDS = {
  user_allowed_roles: list(
    'Roles that make an internal user, while enforce_rbac is on.',
    text('Role as the token has it, exactly.', { rule: plainName }),
    { mayBeSingle: true, notEmpty: 'which no token could have' },
  ),
  role_mappings: ROLE_MAPPINGS,
  enforce_rbac: flag('Requires a role, and that role_permissions of that role hold.', {
    default: false,
    differs:
      'With user_allowed_roles or role_mappings, neither a user id nor team_id_default gives a role.',
  }),
  scope_mappings: SCOPE_MAPPINGS,
  enforce_scope_based_access: flag('Requires that scope_mappings open the model.', {
    default: false,
  }),
};

/** `general_settings.litellm_jwtauth`: how a token becomes a caller. */
export const JWT_AUTH_SECTION = section({
  summary: 'How a token becomes a caller: claims, routes, roles, teams, first calls.',
  fields: {
    admin_jwt_scope: text('Scope that makes the caller of a token an administrator.', {
      default: 'litellm_proxy_admin',
    }),
    admin_allowed_routes: routeList<readonly string[]>(
      'Routes of administrators with a token. Setting it replaces the default; virtual keys are not bound by it.',
      { default: DEFAULT_ADMIN_ROUTES },
    ),
    team_allowed_routes: routeList<readonly string[]>(
      'Routes of callers with a team. Setting it replaces the default.',
      {
        default: DEFAULT_TEAM_ROUTES,
        differs: 'Holds on every way to a team, not only for lists of teams.',
      },
    ),
    ...CLAIM_FIELDS,
    user_allowed_email_domain: list(
      'Email domains whose users may call, one or a list. Left out: all.',
      text('Domain, the part after the "@".', {
        rule: emailDomain,
        canonical: (domain) => domain.toLowerCase(),
      }),
      {
        mayBeSingle: true,
        notEmpty: 'which would refuse everybody',
        differs:
          'Compared without regard to case, for administrators too, and before any row is made; a list is accepted.',
      },
    ),
    user_id_upsert: flag('Creates unknown users on their first admitted call.', { default: false }),
    ...TEAM_FIELDS,
    ...ROLE_FIELDS,
    custom_validate: text(
      'Function that evaluates the claims of verified tokens: ./file.mjs#exportName.',
      {
        rule: modulePath,
        differs:
          'An export of an ES module, its path seen from the configuration file, in place of a Python function.',
      },
    ),
    oidc_userinfo_enabled: flag('Accepts opaque tokens that the UserInfo endpoint knows.', {
      default: false,
    }),
    oidc_userinfo_endpoint: text('UserInfo endpoint (OIDC Core section 5.3).', {
      rule: httpAddress,
    }),
    oidc_userinfo_cache_ttl: number('Seconds that a response of it is remembered.', {
      min: 0,
      max: MAX_CACHE_SECONDS,
      default: 300,
    }),
    unregistered_jwt_client_behavior: choice(
      'Tokens without a mapping: fallback_team_mapping goes on without a key, reject refuses, auto_register makes one.',
      UNREGISTERED,
      { default: 'fallback_team_mapping' },
    ),
    routing_overrides: ROUTING_OVERRIDES,
    issuers: LITELLM_ISSUERS,
    public_key_ttl: number('Seconds after which a key set is read again.', {
      min: 0,
      max: MAX_TTL_SECONDS,
      default: 600,
    }),
    public_key_stale_ttl: number(
      'Further seconds for which the last good key set serves while the provider is down.',
      { min: 0, max: MAX_TTL_SECONDS, default: 3600 },
    ),
  },
  unknownKeys: 'refuse',
  ignored: ignoredKeys([
    [
      'about logins of a browser; no token of an API call is evaluated by it',
      'upsert_sso_user_to_team',
    ],
    [
      'LiteLLM does not consult it either; use general_settings.public_routes',
      'public_allowed_routes',
    ],
    [
      'mappings are held in memory and every change reaches them at once, so that nothing expires',
      'virtual_key_mapping_cache_ttl',
    ],
  ]),
});

/** `general_settings.litellm_jwtauth` as it was read. */
export type JwtAuthValue = z.output<typeof JWT_AUTH_SECTION>;
