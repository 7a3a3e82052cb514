import { pendingKeys } from '../names/unsupported-keys.js';
import { budgetDuration, NEW_LIMITS } from './budgets.config.js';
import { list, record } from './collections.js';
import { plainName } from './rules.js';
import { text } from './scalars.js';
import { section } from './section.js';

const IN_EACH_REQUEST = 'Name it in each request of /key/generate.';

/** Members of a key's metadata that limit or tag its calls. A text has no effect there, or skips the checks of a request. */
const RESERVED: ReadonlySet<string> = new Set([
  'tags',
  'model_rpm_limit',
  'model_tpm_limit',
  'rpm_limit_type',
  'tpm_limit_type',
  'temp_budget_increase',
  'temp_budget_expiry',
]);

function reservedName(name: string): readonly [message: string, remedy: string] | null {
  return RESERVED.has(name)
    ? ['limits or tags keys, and cannot be a default', IN_EACH_REQUEST]
    : null;
}

const DEFAULTS = section({
  summary: 'Values of keys of /key/generate whose request leaves them out or null.',
  fields: {
    ...NEW_LIMITS,
    duration: budgetDuration('When they expire from then, for example 30d. Left out: never.'),
    models: list(
      'Models that they may use. Left out: every model of the owner.',
      text('Model, pattern or access group.', { rule: plainName }),
    ),
    metadata: record(
      'Metadata of those whose request has none.',
      text('Value.', { mayBeEmpty: true, mayBeBoolean: true }),
      reservedName,
    ),
    team_id: text('Team of those that administrators make without one.', { rule: plainName }),
    budget_id: text('Budget of POST /budget/new whose values count where they have none.', {
      rule: plainName,
      differs:
        'Until POST /budget/new has made it, keys that would have it are not made (503 budget_missing); the start warns.',
    }),
  },
  unknownKeys: 'refuse',
  pending: pendingKeys([
    [
      IN_EACH_REQUEST,
      `user_id organization_id key_alias aliases config permissions budget_limits model_max_budget model_rpm_limit
      model_tpm_limit allowed_routes key_type blocked tags guardrails allowed_cache_controls object_permission
      enforced_params`,
    ],
  ]),
});

const UPPER_BOUNDS = section({
  summary:
    'The most that a request about a key may say: a larger value is 400. A key of /key/generate whose request leaves a member out has the bound.',
  fields: {
    max_budget: NEW_LIMITS.max_budget,
    budget_duration: NEW_LIMITS.budget_duration,
    tpm_limit: NEW_LIMITS.tpm_limit,
    rpm_limit: NEW_LIMITS.rpm_limit,
    max_parallel_requests: NEW_LIMITS.max_parallel_requests,
    duration: budgetDuration('When keys expire at the latest, for example 30d.'),
  },
  unknownKeys: 'refuse',
});

/** The keys of `litellm_settings` about the keys that callers make. */
export const LIBRARY_KEYS = {
  default_key_generate_params: DEFAULTS,
  upperbound_key_generate_params: UPPER_BOUNDS,
} as const;
