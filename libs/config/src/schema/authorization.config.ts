import { RBAC_ROLES, ROLES } from '#libs/access';
import { list } from './collections.js';
import { required } from './key.js';
import { routeList } from './route-list.js';
import { plainName } from './rules.js';
import { choice, text } from './scalars.js';
import { section } from './section.js';

const modelList = (leftOut: string) =>
  list(
    `Names of models, with "*" for any characters, and names of access groups. ${leftOut}`,
    text('Model, pattern or access group.', { rule: plainName }),
  );

const UNRESTRICTED = 'Left out: not restricted; empty: none.';
const SILENT = 'Left out: this entry says nothing about them.';

/** `general_settings.role_permissions`. */
export const ROLE_PERMISSIONS = list(
  'What the role of a token may do, while litellm_jwtauth.enforce_rbac is on; the first entry of a role counts.',
  section({
    summary: 'What one role may do.',
    fields: {
      role: required(
        choice('Role that the token stands for.', RBAC_ROLES),
        `Write one of: ${RBAC_ROLES.join(', ')}.`,
      ),
      models: modelList(UNRESTRICTED),
      routes: routeList(`Groups of routes and paths. ${UNRESTRICTED}`),
    },
    unknownKeys: 'refuse',
  }),
  { differs: 'Models may hold "*" and names of access groups.', default: [] },
);

/** `litellm_jwtauth.role_mappings`. */
export const ROLE_MAPPINGS = list(
  'Roles of tokens and what they stand for in role_permissions; the first entry that a token has a role of counts. proxy_admin makes no administrator.',
  section({
    summary: 'One role of tokens.',
    fields: {
      role: required(
        text('Role as the token has it, exactly.', { rule: plainName }),
        'Write the role as tokens have it.',
      ),
      internal_role: required(
        choice('What it stands for.', RBAC_ROLES),
        `Write one of: ${RBAC_ROLES.join(', ')}.`,
      ),
    },
    unknownKeys: 'refuse',
  }),
  { differs: 'Asked before the user id and team of the token, not after them.', default: [] },
);

/** `litellm_jwtauth.scope_mappings`. */
export const SCOPE_MAPPINGS = list(
  'Models and routes that each scope opens, while enforce_scope_based_access is on; those of all scopes add up.',
  section({
    summary: 'What one scope opens.',
    fields: {
      scope: required(
        text('Scope as the token has it, exactly.', { rule: plainName }),
        'Write the scope as tokens have it.',
      ),
      models: modelList(SILENT),
      routes: routeList(`Groups of routes and paths. ${SILENT}`),
    },
    unknownKeys: 'refuse',
  }),
  { differs: 'Models may hold "*" and names of access groups; routes count too.', default: [] },
);

/** `litellm_jwtauth.jwt_litellm_role_map`. */
export const ROLE_MAP = list(
  'Roles of users by those of their tokens, while sync_user_role_and_teams is on; the first entry that fits counts.',
  section({
    summary: 'One pattern of roles.',
    fields: {
      jwt_role: required(
        text('Role of the token; "*", "?", "[abc]" and "[!abc]" are wildcards.', {
          rule: plainName,
        }),
        'Write a role or a pattern.',
      ),
      litellm_role: required(
        choice('Role of the user.', ROLES),
        `Write one of: ${ROLES.join(', ')}.`,
      ),
    },
    unknownKeys: 'refuse',
  }),
  { differs: 'A user whose roles no longer fit falls back to the default role.', default: [] },
);

const selector = (claim: string) =>
  list(
    `What ${claim} must be, one or a list; "*" and "?" are wildcards.`,
    text('Value or pattern.', { rule: plainName }),
    { mayBeSingle: true, notEmpty: 'which nothing could match' },
  );

/** `litellm_jwtauth.routing_overrides`. */
export const ROUTING_OVERRIDES = list(
  'Tokens of the form of a JWT that are introspected instead; every selector that is there must fit.',
  section({
    summary: 'One rule.',
    fields: {
      iss: required(selector('iss'), 'Write the issuer whose tokens are meant.'),
      client_id: selector('client_id, azp, appid or cid'),
      scope: selector('scope'),
      aud: selector('aud'),
      path: choice('Where such tokens go.', ['oauth2'], { default: 'oauth2' }),
    },
    unknownKeys: 'refuse',
  }),
  { default: [] },
);
