import type { z } from 'zod';
import {
  MODEL_INFO_IGNORED,
  MODEL_PARAMS_IGNORED,
  MODEL_PARAMS_PENDING,
} from '../names/litellm-ignored-names.js';
import { CLOUD_FIELDS } from './cloud.config.js';
import { entriesOf, list, record } from './collections.js';
import { DEPLOYMENT_HEALTH_KEYS } from './health.config.js';
import { keyOf, type Key } from './key.js';
import {
  baseAddress,
  credential,
  headerNameProblem,
  headerSafeId,
  headerValue,
  isFalse,
  isTrue,
  plainName,
} from './rules.js';
import { flag, number, text, whole, type TextRule } from './scalars.js';
import { PRICE_FAMILY, PRICE_FIELDS } from './prices.config.js';
import { ALLOWED_FAILS_POLICY, RETRY_BOUNDS, allowedFails } from './routing-policies.config.js';
import { section, sectionWithFamily } from './section.js';

const MAX_TIMEOUT_SECONDS = 86_400;
const WEIGHT_BOUNDS = { min: 0, max: 1_000_000_000_000 } as const;
const IS_LIMIT =
  'A limit, too, where router_settings.optional_pre_call_checks has enforce_model_rate_limits.';

const TOKENS = { min: 1, max: 1_000_000_000 } as const;

const rpm = number('Share of calls where no deployment of the name has a weight.', {
  ...WEIGHT_BOUNDS,
  differs: IS_LIMIT,
});
const tpm = number('Share of calls where neither weight nor rpm is given.', {
  ...WEIGHT_BOUNDS,
  differs: IS_LIMIT,
});

/** A timeout in seconds. */
export const timeoutField = (summary: string): Key<number | null> =>
  number(summary, { min: 0, max: MAX_TIMEOUT_SECONDS, isAboveMin: true });

/** A time for which a deployment is left out, in seconds. */
export const coolDownTime = (summary: string): Key<number | null> =>
  number(summary, { min: 0, max: MAX_TIMEOUT_SECONDS });

/** Refuses the file of one deployment: the authorities are the same for every connection. */
const sharedAuthorities: TextRule = (value) =>
  isFalse(value) || isTrue(value)
    ? null
    : {
        message: 'names certificate authorities for one deployment',
        remedy:
          'Name the file in litellm_settings.ssl_verify; it may hold the certificates of several authorities.',
      };

/** Members by which a call is admitted: without one of them it could cost more than is held for it. */
const NEVER_DROPPED: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
]);

const droppableMember: TextRule = (name) => {
  const problem = plainName(name);
  if (problem !== null) return problem;
  if (NEVER_DROPPED.has(name))
    return {
      message: `has ${name}, which decides what a call may cost or whether it is a stream`,
      remedy: 'Remove it: clients have to leave it out.',
    };
  return /^[\w-]+$/.test(name)
    ? null
    : { message: 'has a path within a member', remedy: 'Write the name of a top-level member.' };
};

const dateRule: TextRule = (value) =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? null
    : { message: 'is not a date', remedy: 'Write YYYY-MM-DD, for example 2027-06-30.' };

const PARAMS_SECTION = sectionWithFamily({
  summary: 'Where and how the model is called.',
  fields: {
    model: text('provider/model, for example openai/gpt-4o or azure/my-deployment.', {
      rule: plainName,
    }),
    custom_llm_provider: text('Provider, in place of the one before the slash of model.', {
      rule: plainName,
    }),
    api_base: text('Base address of the upstream. Left out: the provider’s own.', {
      rule: baseAddress,
    }),
    api_key: text('Credential of the upstream, best as os.environ/NAME.', { rule: credential }),
    api_version: text('Azure’s api-version; v1 or preview selects the v1 address.', {
      rule: headerSafeId,
    }),
    ...CLOUD_FIELDS,
    organization: list(
      'OpenAI organisation; a list makes one deployment of each.',
      text('Organisation id.', { rule: credential }),
      { mayBeSingle: true, notEmpty: 'which would leave no deployment' },
    ),
    region_name: text(
      'Where the deployment stands: eu, us, or a region of its provider. For customers with allowed_model_region.',
      { rule: plainName },
    ),
    extra_headers: record(
      'Headers that are sent with every call.',
      text('Value of the header.', { rule: headerValue, mayBeEmpty: true }),
      headerNameProblem,
    ),
    weight: number('Share of calls among the deployments of one name.', WEIGHT_BOUNDS),
    rpm,
    tpm,
    order: whole('Deployments with a lower number are tried first, those without one last.', {
      min: 0,
      max: 1_000_000,
    }),
    num_retries: whole(
      'Further attempts after a failure of this deployment. Left out: router_settings.num_retries.',
      RETRY_BOUNDS,
    ),
    cooldown_time: coolDownTime(
      'As router_settings.cooldown_time, for this deployment; model_info.cooldown_time wins.',
    ),
    max_parallel_requests: whole(
      'Calls that may run at the deployment at once; with more it is passed over.',
      { min: 1, max: 1_000_000, differs: 'A call does not wait for another to end.' },
    ),
    timeout: timeoutField(
      'Seconds for one attempt of a call that is not a stream. Left out: router_settings.timeout.',
    ),
    stream_timeout: timeoutField(
      'Seconds until the first byte of a stream, and between its bytes. Left out: as timeout.',
    ),
    tags: list(
      'With router_settings.enable_tag_filtering, the calls that it serves: those with one of these tags; default serves calls that no other deployment serves.',
      text('Name of a tag.', { rule: plainName }),
      { mayBeSingle: true },
    ),
    ttft_timeout: timeoutField(
      'Seconds until the first byte of a stream. Left out: as stream_timeout.',
    ),
    stream_idle_timeout: timeoutField(
      'Seconds between two bytes of a stream. Left out: as stream_timeout.',
    ),
    keepalive_seconds: number(
      'Seconds of silence after which a stream that has begun gets a sign of life. Left out: none.',
      { min: 1, max: 300 },
    ),
    allow_client_keepalive_override: flag(
      'The client’s x-litellm-keepalive-seconds, else keepalive_seconds of its body, has priority. Left out: false.',
    ),
    always_include_stream_usage: flag(
      'As in general_settings, for this deployment. Left out: general_settings.always_include_stream_usage.',
    ),
    ssl_verify: text('true or left out: as litellm_settings.ssl_verify, for every deployment.', {
      mayBeBoolean: true,
      rule: sharedAuthorities,
      differs: 'false does not switch verification off; a file is refused.',
    }),
    drop_params: flag(
      'Parameters that a translated provider does not have are left out of its requests, where false refuses such a request with 400. Left out: litellm_settings.drop_params.',
      { differs: 'A request that is not translated is forwarded with every parameter.' },
    ),
    additional_drop_params: list(
      'Members of the body that this upstream does not take, and that are removed from its requests.',
      text('Name of a member.', { rule: droppableMember }),
      {
        differs:
          'Top-level members alone; one that decides what a call costs, or whether it is a stream, refuses the start.',
      },
    ),
    ...PRICE_FIELDS,
  },
  unknownKeys: 'warn',
  family: PRICE_FAMILY,
  ignored: MODEL_PARAMS_IGNORED,
  pending: MODEL_PARAMS_PENDING,
});

const INFO_SECTION = sectionWithFamily({
  summary: 'What is known about the deployment.',
  fields: {
    id: text('Id of the deployment, unique. Left out: made from the entry.', {
      rule: headerSafeId,
    }),
    base_model: text(
      'Name in the price list, with or without its provider, where the upstream’s name or address says nothing.',
      {
        rule: plainName,
      },
    ),
    max_input_tokens: whole(
      'Most tokens that the input of a call can have. Held for files and pictures, whose size no request says. Left out: the context of the model in the price list.',
      TOKENS,
    ),
    max_output_tokens: whole(
      'Most tokens that the model produces in one choice. Held for calls that set no bound on their output. Left out: gatehouse.budgets.default_reservation_usd is held.',
      TOKENS,
    ),
    mode: text(
      'What the model does, for model lists and health checks: chat, completion, embedding, image_generation and so on. Left out: by its name, else chat.',
      { rule: plainName },
    ),
    max_tokens: whole('Shown in model lists; max_output_tokens is what is held.', TOKENS),
    deprecation_date: text(
      'Day on which the provider takes the model out of service, for model lists.',
      {
        rule: dateRule,
      },
    ),
    allowed_fails: allowedFails('As router_settings.allowed_fails, for this deployment.'),
    allowed_fails_policy: ALLOWED_FAILS_POLICY,
    cooldown_time: coolDownTime('As router_settings.cooldown_time, for this deployment.'),
    ...DEPLOYMENT_HEALTH_KEYS,
    access_groups: list(
      'Names that may stand for this model in the models of a team or user.',
      text('Name of an access group.', { rule: plainName }),
    ),
    ...PRICE_FIELDS,
  },
  unknownKeys: 'keep',
  family: PRICE_FAMILY,
  ignored: MODEL_INFO_IGNORED,
});

const ENTRY_SECTION = section({
  summary: 'One deployment. Entries of the same name share the calls.',
  fields: {
    model_name: text('The name that clients ask for.', { rule: plainName }),
    model: text('The same as model_name, as one of the guides writes it.', {
      rule: plainName,
      differs: 'Accepted in place of model_name.',
    }),
    litellm_params: PARAMS_SECTION,
    model_info: INFO_SECTION,
    rpm,
    tpm,
  },
  unknownKeys: 'warn',
});

/** One entry of `model_list` as it was read. */
export type ModelEntry = z.output<typeof ENTRY_SECTION>;

/** `model_list`. An entry with the wrong shape is `undefined`, so that each keeps its place. */
export const MODEL_LIST = keyOf<readonly (ModelEntry | undefined)[], readonly never[]>(
  entriesOf(ENTRY_SECTION),
  'The models and where they are served.',
  { default: [] },
  { entry: ENTRY_SECTION },
);
