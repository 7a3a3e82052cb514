import { NEW_ORGANIZATIONS } from './budgets.config.js';
import { pendingKeys } from '../names/unsupported-keys.js';
import { ALERTS_SECTION } from './alerts.config.js';
import { claimField } from './claim-field.config.js';
import { list } from './collections.js';
import { LINK_BY_EMAIL, TRUSTED_EMAIL_ISSUERS } from './link-by-email.config.js';
import { GATEHOUSE_ISSUERS } from './issuers.config.js';
import { GROUP_OVERAGE, INTROSPECTION_SECTION } from './opaque-tokens.config.js';
import { POLICIES } from './policies.config.js';
import { CACHE_SECTION } from './response-cache.config.js';
import { REDIS_SECTION } from './redis.config.js';
import { credential, httpAddress, plainName, tokenType, webOrigin } from './rules.js';
import { choice, dollarsOr, flag, number, text, whole, type TextRule } from './scalars.js';
import { section } from './section.js';

const MEBIBYTE = 1024 * 1024;

/** The directory of `gatehouse.data_dir` and `GATEHOUSE_DATA_DIR`. */
export const DATA_DIRECTORY = text(
  'Directory of the embedded database, the spend journal and the last good key sets; GATEHOUSE_DATA_DIR wins.',
  {
    default: '.gatehouse',
    rule: (path) =>
      path.includes('\0') ? { message: 'contains a NUL character', remedy: 'Remove it.' } : null,
  },
);

/** The switch of `gatehouse.unsupported_deployments` and `GATEHOUSE_UNSUPPORTED_DEPLOYMENTS`. */
export const UNSUPPORTED_DEPLOYMENTS = choice(
  'Entries of model_list that LiteLLM can call and this version cannot: refuse the start, or omit them with a warning; GATEHOUSE_UNSUPPORTED_DEPLOYMENTS wins.',
  ['refuse', 'omit'],
  { default: 'refuse' },
);

const SERVER_SECTION = section({
  summary: 'What the process accepts and how it stops.',
  fields: {
    body_limit_bytes: whole('Largest request body in bytes; larger is 413.', {
      min: 1024,
      max: 1024 * MEBIBYTE,
      default: 32 * MEBIBYTE,
    }),
    shutdown_grace_seconds: number('Seconds that streams may take to finish after SIGTERM.', {
      min: 0,
      max: 3600,
      default: 30,
    }),
    cors_origins: list(
      'Origins whose pages may call the gateway, or "*"; LITELLM_CORS_ORIGINS wins. Left out: none.',
      text('Origin, for example https://app.example.com.', { rule: webOrigin }),
      { mayBeSingle: true },
    ),
    litellm_headers: flag(
      'Responses have LiteLLM’s headers (x-litellm-…): call id, deployment, cost, retries, cache.',
      { default: true },
    ),
    stream_limit_seconds: number(
      'Seconds for a whole stream, independent of timeout and stream_timeout.',
      { min: 1, max: 86_400, default: 7200 },
    ),
  },
  unknownKeys: 'refuse',
});

const KEY_SETS_SECTION = section({
  summary: 'How key sets of identity providers are fetched.',
  fields: {
    timeout_ms: whole('Milliseconds for a whole fetch.', { min: 100, max: 60_000, default: 5000 }),
    max_bytes: whole('Largest document in bytes.', {
      min: 1024,
      max: 16 * MEBIBYTE,
      default: 524_288,
    }),
    cooldown_seconds: number('Seconds between refreshes that unknown key ids ask for.', {
      min: 1,
      max: 86_400,
      default: 30,
    }),
    allow_http: flag('Allows plain http beyond this machine.', { default: false }),
  },
  unknownKeys: 'refuse',
});

const JWT_SECTION = section({
  summary: 'How strictly tokens are evaluated.',
  fields: {
    require_exp: flag('Refuses tokens without exp.', { default: true }),
    require_sub: flag(
      'Refuses tokens without sub, whose subject could be neither blocked nor revoked.',
      {
        default: true,
      },
    ),
    clock_tolerance_seconds: number('Seconds of tolerance for exp, nbf and iat.', {
      min: 0,
      max: 300,
      default: 0,
    }),
    max_token_age_seconds: number(
      'Refuses tokens whose iat is older, in seconds. Left out: any age.',
      {
        min: 1,
        max: 31_536_000,
      },
    ),
    max_token_bytes: whole('Longest token in bytes.', {
      min: 256,
      max: MEBIBYTE,
      default: 16_384,
    }),
    accepted_types: list<string, readonly string[]>(
      'Accepted typ headers; a token without one is accepted.',
      text('Media type, "application/" may be left out.', {
        rule: tokenType,
        canonical: (type) => type.toLowerCase().replace(/^application\//, ''),
      }),
      { default: ['jwt', 'at+jwt'], notEmpty: 'which would refuse every typed token' },
    ),
    refuse_duplicate_members: flag('Refuses tokens with a member that stands twice.', {
      default: true,
    }),
    scope_field: claimField('Claim of the scopes, "scp" for instance.', { default: 'scope' }),
    require_verified_email: flag('Refuses tokens whose email_verified is false.', {
      default: false,
    }),
    add_user_to_team: flag('Adds a user to the team of the token.', { default: true }),
    org_id_upsert: flag(
      'Creates unknown organisations on their first admitted call, by the id of org_id_jwt_field; teams that team_id_upsert creates belong to the organisation of the token.',
      { default: false },
    ),
    link_by_verified_email: LINK_BY_EMAIL,
    trusted_email_issuers: TRUSTED_EMAIL_ISSUERS,
    group_overage: GROUP_OVERAGE,
    jwks: KEY_SETS_SECTION,
  },
  unknownKeys: 'refuse',
});

const SPEND_SECTION = section({
  summary: 'How spend is recorded.',
  fields: {
    durability: choice(
      'What a call waits for before it goes on and before its last byte: process hands the record to the operating system (survives a crash of the process, a loss of power loses at most 100 ms), disk syncs it.',
      ['process', 'disk'],
      { default: 'process' },
    ),
    client_abort: choice(
      'When the client disconnects: drain reads the upstream to its end and bills that; cancel stops it and bills an estimate.',
      ['drain', 'cancel'],
      { default: 'drain' },
    ),
    drain_limit_seconds: number(
      'Longest time to read the upstream after the client disconnects, in seconds.',
      {
        min: 0,
        max: 3600,
        default: 60,
      },
    ),
    unpriced_models: choice(
      'Models without a price: flag books 0 and marks the row, deny answers 403.',
      ['flag', 'deny'],
      { default: 'flag' },
    ),
  },
  unknownKeys: 'refuse',
});

const BUDGETS_SECTION = section({
  summary: 'How much is held while a call runs.',
  fields: {
    default_reservation_usd: dollarsOr(
      'US dollars held when a request gives no bound on its output. Left out: 0.05.',
      '0.05',
    ),
    lease_seconds: number(
      'Seconds for which a process may go on spending what it has reserved of budgets while it cannot reach the database, and after which the calls of a dead process are booked and what else it holds is free again.',
      { min: 1, max: 3_600, default: 60 },
    ),
    unpriced_models: choice(
      'A call that counts against a budget of money and may reach a deployment without a known price: allow books 0 for it, deny answers 403.',
      ['allow', 'deny'],
      { default: 'allow' },
    ),
    clamp_output: flag(
      'Lowers the largest output that a request asks for to what its budgets can bear, where they can bear a part of it.',
      { default: false },
    ),
    default_organization_params: NEW_ORGANIZATIONS,
  },
  unknownKeys: 'refuse',
});

const ROUTING_SECTION = section({
  summary: 'What requests may say about their routing.',
  fields: {
    trusted_teams: list<string, readonly string[]>(
      'Ids of teams whose requests may set num_retries, fallbacks and time limits, as those of proxy administrators may. Left out: none.',
      text('Id of a team.', { rule: plainName }),
      { default: [] },
    ),
  },
  unknownKeys: 'refuse',
});

const IDS_SECTION = section({
  summary: 'Whose the objects are that upstreams keep: responses, files, batches.',
  fields: {
    shared_with: choice(
      'Callers who may use an object: user, those of the same user; team, every call for the same team. For all others its id is 404.',
      ['user', 'team'],
      { default: 'user' },
    ),
    kept_days: whole(
      'Days for which the ids of responses, their items, containers and sounds may be used. Upstreams remove them sooner.',
      { default: 90, min: 1, max: 3_650 },
    ),
  },
  unknownKeys: 'refuse',
});

const REPORTS_SECTION = section({
  summary: 'How reports on spend are read.',
  fields: {
    statement_timeout_seconds: number(
      'Longest time of one statement of a report on a PostgreSQL server, in seconds; a report that takes longer is 503 report_timeout.',
      { min: 1, max: 600, default: 10 },
    ),
  },
  unknownKeys: 'refuse',
});

const publicAddress: TextRule = (address) =>
  httpAddress(address) ??
  (new URL(address).search === ''
    ? null
    : { message: 'has a "?" part', remedy: 'Write an address such as https://llm.example.com.' });

/** `gatehouse`: every key that LiteLLM does not have. */
export const GATEHOUSE_SECTION = section({
  summary: 'Everything that LiteLLM has no key for.',
  fields: {
    data_dir: DATA_DIRECTORY,
    server: SERVER_SECTION,
    jwt: JWT_SECTION,
    public_url: text(
      'Address at which clients reach this gateway, for RFC 9728 metadata. Left out: as requested.',
      { rule: publicAddress, canonical: (address) => address.replace(/\/+$/, '') },
    ),
    issuers: GATEHOUSE_ISSUERS,
    admin_issuers: list(
      'Issuers whose tokens may be administrators. Left out: all.',
      text('Issuer, exactly as in iss.', { rule: credential }),
    ),
    introspection: INTROSPECTION_SECTION,
    policies: POLICIES,
    unsupported_deployments: UNSUPPORTED_DEPLOYMENTS,
    spend: SPEND_SECTION,
    budgets: BUDGETS_SECTION,
    ids: IDS_SECTION,
    alerts: ALERTS_SECTION,
    reports: REPORTS_SECTION,
    routing: ROUTING_SECTION,
    redis: REDIS_SECTION,
    cache: CACHE_SECTION,
  },
  unknownKeys: 'refuse',
  pending: pendingKeys([['Remove it; it is not ignored in silence.', 'metrics']]),
});
