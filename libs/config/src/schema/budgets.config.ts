import { DURATION_RULE, isBudgetDuration } from '#libs/access';
import { ignoredKeys, pendingKeys } from '../names/unsupported-keys.js';
import { list, recordOf } from './collections.js';
import { isMapping } from './input.js';
import { bare, besideRule, described, descriptionOf, keyOf, refuseValue } from './key.js';
import { plainName } from './rules.js';
import { choice, limitDollars, text, whole, type TextRule } from './scalars.js';
import { section } from './section.js';

const duration: TextRule = (value) =>
  isBudgetDuration(value)
    ? null
    : { message: DURATION_RULE, remedy: 'Write a number and a unit, for example 30d.' };

const timeZone: TextRule = (name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return null;
  } catch {
    return {
      message: 'is not a time zone',
      remedy: 'Write the name of a zone, for example Europe/Berlin.',
    };
  }
};

const timeOfDay: TextRule = (time) =>
  /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time)
    ? null
    : { message: 'is not a time of the day', remedy: 'Write it like "06:30", in quotes.' };

/** A length of time, `30d`. */
export const budgetDuration = (summary: string) => text(summary, { rule: duration });

const rate = (summary: string) => whole(summary, { min: 0, max: Number.MAX_SAFE_INTEGER });

/** The members of a new row's limits. */
export const NEW_LIMITS = {
  max_budget: limitDollars('US dollars that may be spent in one window; 0 is nothing.'),
  soft_budget: limitDollars('US dollars from which on alerts are sent; refuses nothing.'),
  budget_duration: budgetDuration('Length of a window, for example 30d. Left out: for ever.'),
  tpm_limit: rate('Tokens per minute.'),
  rpm_limit: rate('Requests per minute.'),
  max_parallel_requests: rate('Requests that run at the same time.'),
};

const NEW_USERS = section({
  summary:
    'Limits of users who are made by /user/new without their own, or by their first token. Windows that follow no calendar are counted from 1970.',
  fields: NEW_LIMITS,
  unknownKeys: 'refuse',
  pending: pendingKeys([
    [
      'Set models and role for each user (POST /user/new, /user/update), without user_id_upsert; or restrict all of them by scope_mappings, role_permissions or gatehouse.policies.',
      'models user_role teams',
    ],
    ['Remove it; administrators add members to teams.', 'available_teams'],
  ]),
});

/** `gatehouse.budgets.default_organization_params`. */
export const NEW_ORGANIZATIONS = section({
  summary:
    'Limits of organisations that are made by /organization/new without their own, or by the first token that names them. Windows that follow no calendar are counted from 1970.',
  fields: NEW_LIMITS,
  unknownKeys: 'refuse',
});

/** The limits that a new team has for its members. */
const NEW_MEMBERS = {
  team_member_budget: limitDollars(
    'US dollars that each member may spend in the team; 0 is nothing.',
  ),
  team_member_budget_duration: budgetDuration(
    'Length of a window of a member. Left out: for ever.',
  ),
  team_member_rpm_limit: rate('Requests per minute of each member in the team.'),
  team_member_tpm_limit: rate('Tokens per minute of each member in the team.'),
};

const NEW_TEAMS = section({
  summary:
    'Limits of teams that are made by /team/new without their own, or by the first token that names them. Windows that follow no calendar are counted from 1970.',
  fields: { ...NEW_LIMITS, ...NEW_MEMBERS },
  unknownKeys: 'refuse',
  pending: pendingKeys([
    [
      'Set the models for each team (POST /team/new, /team/update), without team_id_upsert.',
      'models',
    ],
    ['Remove it; administrators alone change teams.', 'team_member_permissions'],
    [
      'Set it for each team (POST /team/new, /team/update).',
      'organization_id tags metadata guardrails',
    ],
  ]),
});

/** The entry of `default_team_settings` that gives new teams their limits, as LiteLLM's documentation names it. */
export const DEFAULT_TEAM = 'default-settings';

const TEAM_ID = text(`The team; ${DEFAULT_TEAM}: every new one.`, { rule: plainName });

const TEAM_SETTINGS = section({
  summary: 'Settings of a team.',
  fields: {
    team_id: TEAM_ID,
    ...NEW_LIMITS,
  },
  unknownKeys: 'warn',
  ignored: ignoredKeys([
    [
      'nothing is sent to logging services',
      `success_callback failure_callback callback_vars langfuse_public_key langfuse_secret langfuse_secret_key langfuse_host
      turn_off_message_logging`,
    ],
  ]),
  pending: pendingKeys([
    [
      'Set it for each team (POST /team/new, /team/update).',
      'models allowed_routes blocked guardrails object_permission',
    ],
  ]),
});

const OF_ONE_TEAM = {
  message: 'limits no team',
  remedy: `Write team_id: ${DEFAULT_TEAM} for every new team, or set it for the team (POST /team/update).`,
};

/** An entry in which limits that would limit no team are refused. */
const TEAM_ENTRY = described(
  besideRule(bare(TEAM_SETTINGS), (input, context) => {
    if (!isMapping(input) || bare(TEAM_ID).safeParse(input['team_id']).data === DEFAULT_TEAM)
      return;
    const limits = Object.keys(NEW_LIMITS).filter((name) => (input[name] ?? null) !== null);
    for (const name of limits) refuseValue(context, OF_ONE_TEAM, { path: [name] });
  }),
  descriptionOf(TEAM_SETTINGS),
);

/** The keys of `litellm_settings` about budgets. */
export const LIBRARY_BUDGETS = {
  max_budget: limitDollars(
    'US dollars that the whole gateway may spend in one window; 0: no limit.',
  ),
  budget_duration: budgetDuration('Length of the window of max_budget. Left out: for ever.'),
  timezone: text('Time zone in which the days, weeks and months of budgets begin.', {
    default: 'UTC',
    rule: timeZone,
  }),
  budget_reset_time: text('Time of the day at which they begin, "HH:MM".', {
    default: '00:00',
    rule: timeOfDay,
  }),
  budget_exceeded_status_code: choice(
    'Status of a call that a budget refuses.',
    ['422', '429', '402', '400'],
    { default: '422' },
  ),
  default_internal_user_params: NEW_USERS,
  max_internal_user_budget: limitDollars(
    'US dollars of users whose default_internal_user_params have no max_budget.',
  ),
  internal_user_budget_duration: budgetDuration(
    'Duration of users whose default_internal_user_params have no budget_duration.',
  ),
  default_team_params: NEW_TEAMS,
  default_team_settings: list(
    `Teams. The limits of the entry whose team_id is ${DEFAULT_TEAM} are those of new teams where default_team_params has none.`,
    TEAM_ENTRY,
    { mayBeSingle: true },
  ),
  max_end_user_budget: limitDollars(
    'US dollars, for ever, of each end user who has no budget of its own; max_end_user_budget_id wins.',
  ),
  max_end_user_budget_id: text('Budget of POST /budget/new of each end user who has none.', {
    rule: plainName,
    differs:
      'Until POST /budget/new has made it, calls of these end users are refused (503 budget_missing); the start warns.',
  }),
} as const;

const PROVIDER_BUDGET = section({
  summary: 'A budget.',
  fields: {
    budget_limit: limitDollars('US dollars. Required, here or as max_budget.'),
    time_period: budgetDuration('Length of a window. Required, here or as budget_duration.'),
    max_budget: limitDollars('Another name of budget_limit.'),
    budget_duration: budgetDuration('Another name of time_period.'),
    unpriced_models: choice(
      'Attempts at its deployments without a known price: allow books 0 for them, deny passes them over. Left out: gatehouse.budgets.unpriced_models.',
      ['allow', 'deny'],
    ),
  },
  unknownKeys: 'refuse',
});

/** `router_settings.provider_budget_config`. */
export const PROVIDER_BUDGETS = keyOf(
  recordOf(bare(PROVIDER_BUDGET), 'a mapping (provider: budget)', plainName),
  'What may be spent with a provider: `{openai: {budget_limit: 100, time_period: 1d}}`.',
  {},
  { member: PROVIDER_BUDGET },
);
