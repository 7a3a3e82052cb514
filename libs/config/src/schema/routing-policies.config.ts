import type { z } from 'zod';
import { bare, keyOf, type Key } from './key.js';
import { recordOf } from './collections.js';
import { plainName } from './rules.js';
import { whole } from './scalars.js';
import { optional, section } from './section.js';

/** Bounds of every number of retries. */
export const RETRY_BOUNDS = { min: 0, max: 10 } as const;
const FAILS_BOUNDS = { min: 0, max: 1_000_000 } as const;

const CLIENT_ERRORS =
  'Left out: 0, since every deployment would refuse the request; with a number it goes to other deployments alone.';

const retries = (after: string): Key<number | null> =>
  whole(`Further attempts after ${after}.`, RETRY_BOUNDS);

const RETRY_POLICY = section({
  summary: 'Further attempts by the kind of the last failure. They win over num_retries.',
  fields: {
    BadRequestErrorRetries: whole('Further attempts after status 400, 422 and other refusals.', {
      ...RETRY_BOUNDS,
      differs: CLIENT_ERRORS,
    }),
    ContentPolicyViolationErrorRetries: whole(
      'Further attempts after a refusal by a content filter.',
      { ...RETRY_BOUNDS, differs: CLIENT_ERRORS },
    ),
    AuthenticationErrorRetries: retries('status 401 or 403, at other deployments'),
    NotFoundErrorRetries: retries('404 for an unknown model, at other deployments'),
    TimeoutErrorRetries: retries('a time limit, or status 408 or 504'),
    RateLimitErrorRetries: retries('status 429'),
    InternalServerErrorRetries: retries('status 500 and other errors of the server'),
    ServiceUnavailableErrorRetries: retries('status 502, 503 or 529, or without a connection'),
    DefaultRetries: retries('any other failure of a deployment'),
  },
  unknownKeys: 'refuse',
});

/** A policy of retries as it was read. */
export type WrittenRetryPolicy = z.output<typeof RETRY_POLICY>;

/** `router_settings.retry_policy`. */
export const ROUTER_RETRY_POLICY = optional(RETRY_POLICY);

/** `router_settings.model_group_retry_policy`. */
export const GROUP_RETRY_POLICIES = keyOf(
  recordOf(bare(RETRY_POLICY), 'a mapping (model group: policy)', plainName),
  'Policies of model groups, in place of retry_policy: `{gpt-4o: {RateLimitErrorRetries: 3}}`.',
  {},
  { member: RETRY_POLICY },
);

const fails = (kind: string): Key<number | null> =>
  whole(`As allowed_fails, for ${kind}.`, FAILS_BOUNDS);

const FAILS_POLICY = section({
  summary: 'As allowed_fails, by the kind of the failure. It wins over allowed_fails.',
  fields: {
    BadRequestErrorAllowedFails: fails('status 400, 422 and other refusals; left out: not counted'),
    ContentPolicyViolationErrorAllowedFails: fails(
      'refusals by a content filter; left out: not counted',
    ),
    AuthenticationErrorAllowedFails: fails('status 401 or 403'),
    NotFoundErrorAllowedFails: fails('404 for an unknown model'),
    TimeoutErrorAllowedFails: fails('a time limit, or status 408 or 504'),
    RateLimitErrorAllowedFails: fails('status 429'),
    InternalServerErrorAllowedFails: fails('status 500 and other errors of the server'),
    ServiceUnavailableErrorAllowedFails: fails('status 502, 503 or 529, or without a connection'),
  },
  unknownKeys: 'refuse',
});

/** A policy of allowed failures as it was read. */
export type WrittenFailsPolicy = z.output<typeof FAILS_POLICY>;

/** `allowed_fails_policy`, of the router and of a deployment. */
export const ALLOWED_FAILS_POLICY = optional(FAILS_POLICY);

/** `allowed_fails`. */
export const allowedFails = (summary: string): Key<number | null> => whole(summary, FAILS_BOUNDS);
