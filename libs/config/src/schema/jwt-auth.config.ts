import { JWT_AUTH_KEYS, JWT_AUTH_PENDING } from '../litellm-names.js';
import { list } from './collections.js';
import { claimPath, emailDomain, route } from './rules.js';
import { flag, number, text } from './scalars.js';
import { section } from './section.js';

const MAX_TTL_SECONDS = 31_536_000;

/** Routes of administrators when `admin_allowed_routes` is left out. */
const DEFAULT_ADMIN_ROUTES = [
  'management_routes',
  'spend_tracking_routes',
  'global_spend_tracking_routes',
  'info_routes',
] as const;

/** Routes of callers with a team when `team_allowed_routes` is left out. */
const DEFAULT_TEAM_ROUTES = ['openai_routes', 'info_routes', 'mcp_routes'] as const;

const routeEntry = text('Group of routes, "/path", "/path/*" or "*".', { rule: route });
const claim = (summary: string) => text(summary, { rule: claimPath });

/** `general_settings.litellm_jwtauth`: how a token becomes a caller. */
export const JWT_AUTH_SECTION = section({
  summary: 'How a token becomes a caller: claims, routes, first calls.',
  names: JWT_AUTH_KEYS,
  fields: {
    adminScope: text('Scope that makes the bearer of a token an administrator.', {
      default: 'litellm_proxy_admin',
    }),
    adminAllowedRoutes: list<string, readonly string[]>(
      'Routes of administrators by scope. Setting it replaces the default.',
      routeEntry,
      { default: DEFAULT_ADMIN_ROUTES },
    ),
    teamAllowedRoutes: list<string, readonly string[]>(
      'Routes of callers with a team. Setting it replaces the default.',
      routeEntry,
      {
        default: DEFAULT_TEAM_ROUTES,
        differs: 'Holds on every way to a team, not only for lists of teams.',
      },
    ),
    teamIdField: text(
      'Claim path of the team, which then is required. Left out: client_id, else azp, is used if a team of that id exists. Empty text: no claim.',
      { rule: (path) => (path === '' ? null : claimPath(path)), mayBeEmpty: true },
    ),
    userIdField: claim('Claim path of the user id. Left out: the email is the id.'),
    userEmailField: claim('Claim path of the email address. Left out: none is known.'),
    orgIdField: claim('Claim path of the organisation id. Left out: none.'),
    endUserIdField: claim('Claim path of the end-user id; wins over the body. Left out: none.'),
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
    teamIdUpsert: flag('Creates unknown teams on their first admitted call.', { default: false }),
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
  pending: JWT_AUTH_PENDING,
});
