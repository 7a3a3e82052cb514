import { LIBRARY_IGNORED, ROUTER_IGNORED } from '../names/litellm-ignored-names.js';
import { list } from './collections.js';
import { COST_DISCOUNTS, COST_MARGINS } from './cost-adjustments.config.js';
import { LIBRARY_BUDGETS, PROVIDER_BUDGETS } from './budgets.config.js';
import { FALLBACK_KEYS, GROUP_ALIASES, MODEL_ALIASES } from './fallbacks.config.js';
import { LIBRARY_KEYS } from './key-rules.config.js';
import { ROUTING_STRATEGIES } from '../model/router-settings.js';
import { coolDownTime, timeoutField } from './model-list.config.js';
import {
  ALLOWED_FAILS_POLICY,
  GROUP_RETRY_POLICIES,
  RETRY_BOUNDS,
  ROUTER_RETRY_POLICY,
  allowedFails,
} from './routing-policies.config.js';
import { CACHE_KEYS } from './response-cache.config.js';
import { choice, flag, number, whole, text } from './scalars.js';
import { section } from './section.js';

const NO_CHECKS: readonly string[] = [];

const RETRY_DIFFERENCE =
  'A call is repeated only where no byte can have reached the first upstream, or it asked for that, or another deployment is left and no response began.';

const retries = (summary: string) => whole(summary, { ...RETRY_BOUNDS, differs: RETRY_DIFFERENCE });

const STRATEGY_ARGS = section({
  summary: 'Values of latency-based-routing; other strategies have none.',
  fields: {
    ttl: number('Seconds for which a latency counts.', {
      min: 1,
      max: 86_400,
      default: 3_600,
    }),
    lowest_latency_buffer: number(
      'Deployments whose latency is above the lowest by at most this share of it are chosen alike.',
      { min: 0, max: 100, default: 0 },
    ),
  },
  unknownKeys: 'warn',
});

/** `litellm_settings`. */
export const LIBRARY_SECTION = section({
  summary: 'Behaviour that LiteLLM shares among all of its parts.',
  fields: {
    set_verbose: flag(
      'Sets the log level to debug where LOG_LEVEL is not set: what each guard concluded is logged.',
      {
        default: false,
        differs: 'No token, key, claim or prompt is logged at any level.',
      },
    ),
    json_logs: flag('Writes JSON lines on a terminal too, where LOG_FORMAT is not set.', {
      default: false,
      differs: 'Wherever standard output is not a terminal the log is JSON in any case.',
    }),
    num_retries: retries('Further deployments to try; router_settings.num_retries wins.'),
    allowed_fails: allowedFails('As router_settings.allowed_fails, which wins.'),
    cooldown_time: coolDownTime('As router_settings.cooldown_time, which wins.'),
    request_timeout: timeoutField(
      'Seconds for one attempt of a call that is not a stream; router_settings.timeout wins.',
    ),
    ssl_verify: text(
      'PEM file of the certificate authorities that are trusted, relative to this file. true or left out: those of Node.js, and NODE_EXTRA_CA_CERTS.',
      { mayBeBoolean: true, differs: 'false does not switch verification off.' },
    ),
    drop_params: flag('As drop_params of an entry of model_list, for all that name none.', {
      default: false,
    }),
    cost_discount_config: COST_DISCOUNTS,
    cost_margin_config: COST_MARGINS,
    ...FALLBACK_KEYS,
    model_alias_map: MODEL_ALIASES,
    ...LIBRARY_BUDGETS,
    ...LIBRARY_KEYS,
    ...CACHE_KEYS,
  },
  unknownKeys: 'warn',
  ignored: LIBRARY_IGNORED,
});

/** `router_settings`. */
export const ROUTER_SECTION = section({
  summary: 'How a deployment is chosen and called.',
  fields: {
    num_retries: retries('Further deployments to try. Left out: 2.'),
    timeout: timeoutField('Seconds for one attempt of a call that is not a stream. Left out: 600.'),
    stream_timeout: timeoutField(
      'Seconds until the first byte of a stream, and between its bytes. Left out: as timeout.',
    ),
    default_max_parallel_requests: whole(
      'Calls that may run at once at each deployment without max_parallel_requests. Left out: no limit.',
      { min: 1, max: 1_000_000, differs: 'rpm and tpm of the deployment give no such limit.' },
    ),
    optional_pre_call_checks: list(
      'With enforce_model_rate_limits, rpm and tpm of model_list are limits: a deployment at one is passed over, and where all are at one the call is 429.',
      text('Name of a check.'),
      { default: NO_CHECKS, differs: 'Other checks have no effect.' },
    ),
    routing_strategy: choice(
      'How a deployment is chosen among those of the lowest order that are neither at a limit nor left out after failures.',
      ROUTING_STRATEGIES,
      { default: ROUTING_STRATEGIES[0] },
    ),
    routing_strategy_args: STRATEGY_ARGS,
    retry_after: number('Seconds, at least, before a deployment is tried again by the same call.', {
      min: 0,
      max: 60,
      default: 0,
    }),
    retry_policy: ROUTER_RETRY_POLICY,
    model_group_retry_policy: GROUP_RETRY_POLICIES,
    allowed_fails: allowedFails(
      'Failures in a minute that a deployment may have before it is left out. Left out: 429, 401, 404 and time limits have it left out at once, other failures when more than half of at least 5 calls in a minute failed.',
    ),
    allowed_fails_policy: ALLOWED_FAILS_POLICY,
    cooldown_time: coolDownTime(
      'Seconds for which a deployment is left out after failures; 0: never. Left out: 5.',
    ),
    disable_cooldowns: flag('Leaves no deployment out after failures.', { default: false }),
    provider_budget_config: PROVIDER_BUDGETS,
    ...FALLBACK_KEYS,
    max_fallbacks: whole('Most models that are tried after the first.', {
      min: 0,
      max: 20,
      default: 5,
    }),
    model_group_alias: GROUP_ALIASES,
    enable_tag_filtering: flag(
      'A call with tags is served by the deployments with one of them, else by those with the tag default; a call without tags by those with the tag default, else by all.',
      { default: false, differs: 'Where no deployment serves the tags the call is 403.' },
    ),
    tag_filtering_match_any: flag(
      'One tag in common is enough; false: a deployment needs every tag of the call.',
      { default: true },
    ),
    tag_routing_prefix: text(
      'Start of the tags of calls that choose deployments: it is taken off, so that `route:eu` chooses those with the tag `eu`. Other tags choose as they are.',
      { default: '', mayBeEmpty: true },
    ),
    enable_pre_call_checks: flag(
      'Passes deployments over whose context (model_info.max_input_tokens, else the price list) does not hold the input.',
      {
        default: false,
        differs:
          'Regions of end users are kept without it. Where no context holds the input the call is 400 context_window_exceeded.',
      },
    ),
  },
  unknownKeys: 'warn',
  ignored: ROUTER_IGNORED,
});
