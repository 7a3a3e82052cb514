import type { z } from 'zod';
import { ROLES } from '#libs/access';
import { GENERAL_IGNORED, GENERAL_PENDING } from '../names/litellm-ignored-names.js';
import { ROLE_PERMISSIONS } from './authorization.config.js';
import { list } from './collections.js';
import { CUSTOM_JWT, CUSTOM_JWT_FUNCTION, PROXY_ROLES_SECTION } from './custom-jwt.config.js';
import { databaseAddress } from './database-address.js';
import { canonicalDatabaseAddress } from './database-address-forms.js';
import { FORCED_MODEL_KEYS } from './forced-models.config.js';
import { HEALTH_KEYS } from './health.config.js';
import { JWT_AUTH_SECTION } from './jwt-auth.config.js';
import { required } from './key.js';
import { PASS_THROUGH_KEYS } from './pass-through.config.js';
import { routeList } from './route-list.js';
import { credential, namingHeaderName, plainName, requestHeaderName } from './rules.js';
import { choice, flag, text, whole, type TextRule } from './scalars.js';
import { optional, section } from './section.js';

const MAX_KEY_LENGTH = 512;

const bootstrapCredential: TextRule = (key) => {
  const remedy = 'Make one with: echo "sk-$(openssl rand -hex 24)"';
  if (!key.startsWith('sk-')) return { message: 'does not begin with "sk-"', remedy };
  if (key.length < 'sk-1234'.length || key.length > MAX_KEY_LENGTH)
    return { message: 'is too short or too long', remedy };
  return credential(key);
};

/** The bootstrap credential of `general_settings.master_key` and `LITELLM_MASTER_KEY`. */
export const MASTER_KEY = text(
  'Bootstrap administrator credential, "sk-…"; LITELLM_MASTER_KEY wins. Left out: none.',
  { rule: bootstrapCredential },
);

/** The address of `general_settings.database_url` and `DATABASE_URL`. */
export const DATABASE_ADDRESS = text(
  'PostgreSQL address; DATABASE_URL wins. Left out: an embedded database below the data directory.',
  { rule: databaseAddress, canonical: canonicalDatabaseAddress },
);

const customFunction: TextRule = (name) =>
  name === CUSTOM_JWT_FUNCTION || name.endsWith(`.${CUSTOM_JWT_FUNCTION}`)
    ? null
    : {
        message: 'names a Python function, which cannot be called from here',
        remedy: `Write litellm_jwtauth.custom_validate or gatehouse.policies; ${CUSTOM_JWT_FUNCTION} alone is built in, with jwt_settings.`,
      };

const CUSTOM_AUTH_SECTION = section({
  summary: 'Whether custom_auth holds.',
  fields: {
    mode: choice('off switches custom_auth off.', ['on', 'off', 'auto'], {
      default: 'on',
      differs: 'on and auto are the same: virtual keys and the master key always work beside it.',
    }),
  },
  unknownKeys: 'refuse',
});

/** `user_header_mappings`. */
const USER_HEADER_MAPPINGS = list(
  'Headers that trusted clients send; with litellm_user_role customer, they name the end user.',
  section({
    summary: 'One header.',
    fields: {
      header_name: required(
        text('Name of the header.', {
          rule: namingHeaderName,
          canonical: (name) => name.toLowerCase(),
        }),
        'Write the name of a header.',
      ),
      litellm_user_role: required(
        choice('Role of the named user; only customer has an effect.', ROLES),
        'Write customer.',
      ),
    },
    unknownKeys: 'refuse',
  }),
  {
    mayBeSingle: true,
    default: [],
    differs: 'The body’s user wins, and users come from tokens and keys alone.',
  },
);

/** `general_settings`. */
export const GENERAL_SECTION = section({
  summary: 'Server, database and authentication.',
  fields: {
    master_key: MASTER_KEY,
    database_url: DATABASE_ADDRESS,
    enable_jwt_auth: flag('Accepts tokens of identity providers.', { default: false }),
    litellm_jwtauth: optional(JWT_AUTH_SECTION),
    litellm_proxy_roles: optional(PROXY_ROLES_SECTION),
    custom_auth: text('custom_jwt_auth.jwt_auth: the built-in form of the custom-JWT guide.', {
      rule: customFunction,
      differs: 'Built in, with the documented behaviour of that guide; no Python is run.',
    }),
    custom_auth_settings: CUSTOM_AUTH_SECTION,
    jwt_settings: CUSTOM_JWT,
    enable_oauth2_auth: flag('Accepts tokens that are not JWTs by introspection (RFC 7662).', {
      default: false,
    }),
    enforce_rbac: flag('Refuses tokens that name neither a user nor a team.', {
      default: false,
    }),
    role_permissions: ROLE_PERMISSIONS,
    public_routes: routeList<readonly string[]>(
      'Routes that need no credential, besides those that never do.',
      { default: [] },
    ),
    admin_only_routes: routeList<readonly string[]>('Routes of administrators alone.', {
      default: [],
      differs: 'Groups and "/path/*" work, too.',
    }),
    allowed_routes: routeList('The only routes that are served. Left out: all.', {
      notEmpty: 'so that no route would be served',
      differs:
        'With enable_jwt_auth and without litellm_jwtauth: routes of tokens without administrator rights, as in the first guide.',
    }),
    always_include_stream_usage: flag(
      'true: every stream ends with its usage. false: the gateway does not ask upstreams for it. Left out: it asks, and clients that did not ask do not see it.',
    ),
    ...FORCED_MODEL_KEYS,
    enforce_user_param: flag('Calls of models must name an end user.', {
      default: false,
      differs: 'The end user of the token counts, too.',
    }),
    reject_clientside_metadata_tags: flag(
      'Calls of models may not state tags: those of the key and the team are all.',
      {
        default: false,
        differs: 'Tags are refused wherever a call states them: also in x-litellm-tags and "tags".',
      },
    ),
    user_header_name: text('The header in which trusted clients name the end user.', {
      rule: namingHeaderName,
      canonical: (name) => name.toLowerCase(),
      differs: 'It counts beside user_header_mappings, and the body’s user wins.',
    }),
    user_header_mappings: USER_HEADER_MAPPINGS,
    alerting: list<string, readonly string[]>(
      'Where alerts about budgets go: slack (SLACK_WEBHOOK_URL), webhook (WEBHOOK_URL) and email (SMTP_HOST, SMTP_SENDER_EMAIL).',
      text('Name of a channel.', { rule: plainName }),
      {
        default: [],
        differs: 'Alerts are about budgets alone; gatehouse.alerts says more.',
      },
    ),
    ...HEALTH_KEYS,
    ...PASS_THROUGH_KEYS,
    global_max_parallel_requests: whole(
      'Calls of models that may run at once, of all callers together. Left out: no limit.',
      { min: 1, max: 1_000_000, differs: 'All replicas share it.' },
    ),
    litellm_key_header_name: text(
      'The one header that brings the credential. Left out: the usual ones.',
      {
        rule: requestHeaderName,
        canonical: (name) => name.toLowerCase(),
      },
    ),
  },
  unknownKeys: 'warn',
  ignored: GENERAL_IGNORED,
  pending: GENERAL_PENDING,
});

/** `general_settings` as it was read. */
export type GeneralValue = z.output<typeof GENERAL_SECTION>;
