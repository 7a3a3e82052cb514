import { JWT_AUTH_IGNORED, JWT_AUTH_KEYS } from '../names/litellm-jwt-names.js';
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
import { section, type SectionValue } from './section.js';

const MAX_TTL_SECONDS = 31_536_000;
const MAX_CACHE_SECONDS = 86_400;

/** Routes of administrators when `admin_allowed_routes` is left out. */
const DEFAULT_ADMIN_ROUTES = [
  'management_routes',
  'spend_tracking_routes',
  'global_spend_tracking_routes',
  'info_routes',
] as const;

/** Routes of callers with a team when `team_allowed_routes` is left out, as LiteLLM's newest revision has them. */
const DEFAULT_TEAM_ROUTES = [
  'openai_routes',
  'info_routes',
  'mcp_routes',
  '/v1/messages',
  '/v1/messages/count_tokens',
] as const;

/** Handling of tokens without a mapped key. */
const UNREGISTERED = ['fallback_team_mapping', 'reject', 'auto_register'] as const;

const CLAIM_FIELDS = {
  userIdField: claimField('Claim of the user id. Left out: the email is the id.'),
  userEmailField: claimField('Claim of the email address. Left out: none is known.'),
  teamIdField: switchableClaimField(
    'Claim of the team, which then is required. Left out: client_id, else azp, is used if a team of that id exists. Empty text: no claim.',
  ),
  teamIdsField: claimField('Claim of a list of team ids; the first that fits is used.', {
    differs: 'Tried in the order of the claim; one text counts as a list of one.',
  }),
  teamAliasField: claimField('Claim of the alias of the team, which then is required.'),
  orgIdField: claimField('Claim of the organisation id. Left out: none.'),
  orgAliasField: claimField('Claim of the alias of the organisation.'),
  endUserIdField: claimField('Claim of the end-user id; wins over the body. Left out: none.'),
  userRolesField: claimField('Claim of the roles that user_allowed_roles speaks of.', {
    differs: 'One text counts as a list of one.',
  }),
  rolesField: claimField(
    'Claim of the roles that role_mappings and jwt_litellm_role_map speak of.',
    {
      differs: 'One text counts as a list of one.',
    },
  ),
  objectIdField: claimField('Claim of a team id or a user id, by the role of the token.'),
  agentIdField: claimField(
    'Claim of the id of an agent, for policies and decisions. There is no registry of agents.',
  ),
  virtualKeyField: claimField(
    'Claim that is looked up in the mappings from tokens to virtual keys.',
  ),
  formerVirtualKeyField: claimField('The former name of virtual_key_claim_field, which wins.'),
};

const TEAM_FIELDS = {
  defaultTeamId: text('Team of tokens that name none.', { rule: plainName }),
  teamIdUpsert: flag('Creates unknown teams on their first admitted call.', { default: false }),
  isTeamRequiredForModels: flag('Refuses callers without any team.', { default: false }),
  claimFallback: flag('Claims that name no known team give way to the single team of the user.', {
    default: false,
  }),
  databaseFallback: flag('Tokens without a team claim use the memberships of the user.', {
    default: false,
  }),
  syncUser: flag('Makes role and memberships of the user follow the token.', {
    default: false,
    differs: 'A token without the claim removes the user from no team.',
  }),
  roleMap: ROLE_MAP,
};

const ROLE_FIELDS = {
  userAllowedRoles: list(
    'Roles that make an internal user, while enforce_rbac is on.',
    text('Role as the token has it, exactly.', { rule: plainName }),
    { mayBeSingle: true, notEmpty: 'which no token could have' },
  ),
  roleMappings: ROLE_MAPPINGS,
  enforceRole: flag('Requires a role, and that role_permissions of that role hold.', {
    default: false,
    differs:
      'With user_allowed_roles or role_mappings, neither a user id nor team_id_default gives a role.',
  }),
  scopeMappings: SCOPE_MAPPINGS,
  enforceScopes: flag('Requires that scope_mappings open the model.', { default: false }),
};

/** `general_settings.litellm_jwtauth`: how a token becomes a caller. */
export const JWT_AUTH_SECTION = section({
  summary: 'How a token becomes a caller: claims, routes, roles, teams, first calls.',
  names: JWT_AUTH_KEYS,
  fields: {
    adminScope: text('Scope that makes the caller of a token an administrator.', {
      default: 'litellm_proxy_admin',
    }),
    adminAllowedRoutes: routeList<readonly string[]>(
      'Routes of administrators with a token. Setting it replaces the default; virtual keys are not bound by it.',
      { default: DEFAULT_ADMIN_ROUTES },
    ),
    teamAllowedRoutes: routeList<readonly string[]>(
      'Routes of callers with a team. Setting it replaces the default.',
      {
        default: DEFAULT_TEAM_ROUTES,
        differs: 'Holds on every way to a team, not only for lists of teams.',
      },
    ),
    ...CLAIM_FIELDS,
    allowedEmailDomains: list(
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
    userIdUpsert: flag('Creates unknown users on their first admitted call.', { default: false }),
    ...TEAM_FIELDS,
    ...ROLE_FIELDS,
    customValidate: text(
      'Function that evaluates the claims of verified tokens: ./file.mjs#exportName.',
      {
        rule: modulePath,
        differs:
          'An export of an ES module, its path seen from the configuration file, in place of a Python function.',
      },
    ),
    isUserInfoEnabled: flag('Accepts opaque tokens that the UserInfo endpoint knows.', {
      default: false,
    }),
    userInfoEndpoint: text('UserInfo endpoint (OIDC Core section 5.3).', { rule: httpAddress }),
    userInfoCacheSeconds: number('Seconds that a response of it is remembered.', {
      min: 0,
      max: MAX_CACHE_SECONDS,
      default: 300,
    }),
    whenUnregistered: choice(
      'Tokens without a mapping: fallback_team_mapping goes on without a key, reject refuses, auto_register makes one.',
      UNREGISTERED,
      { default: 'fallback_team_mapping' },
    ),
    routingOverrides: ROUTING_OVERRIDES,
    issuers: LITELLM_ISSUERS,
    publicKeyTtlSeconds: number('Seconds after which a key set is read again.', {
      min: 0,
      max: MAX_TTL_SECONDS,
      default: 600,
    }),
    publicKeyStaleTtlSeconds: number(
      'Further seconds for which the last good key set serves while the provider is down.',
      { min: 0, max: MAX_TTL_SECONDS, default: 3600 },
    ),
  },
  unknownKeys: 'refuse',
  ignored: JWT_AUTH_IGNORED,
});

/** `general_settings.litellm_jwtauth` as it was read. */
export type JwtAuthValue = SectionValue<typeof JWT_AUTH_SECTION.fields>;
