import { isIdentityText } from '#libs/common';
import {
  AMOUNT_RULE,
  DURATION_RULE,
  isBudgetDuration,
  isRate,
  RATE_RULE,
  usdTextOf,
} from '../limits/limit-values.js';
import type { NamedLimits } from '../limits/limits-change.js';
import { haveSameWindows } from '../limits/window.js';

const MAX_MODELS = 1_000;
const MAX_WINDOWS = 20;

/** LiteLLM's two spellings of the members of a cap: `max_budget` and `budget_limit`, `budget_duration` and `time_period`. */
const AMOUNT_NAMES = ['budget_limit', 'max_budget'] as const;
const DURATION_NAMES = ['time_period', 'budget_duration'] as const;

type Members = Readonly<Record<string, unknown>>;

/**
 * Returns what is wrong with a list of caps, `budget_limits`; `null` for nothing.
 * @param path the member that holds it, for the message
 */
export function windowsFault(value: unknown, path: string): string | null {
  if (!Array.isArray(value) || value.length > MAX_WINDOWS) {
    return `${path} must be a list of at most ${MAX_WINDOWS} caps`;
  }
  const fault = firstFault(
    value.map((cap: unknown, at) => {
      const place = `${path}[${at}]`;
      // LiteLLM shows `reset_at`, which clients send back.
      const fault = capFault(cap, place, ['reset_at']);
      const hasDuration = isObject(cap) && namedOf(cap, DURATION_NAMES) !== null;
      return fault ?? (hasDuration ? null : `${place}.budget_duration ${DURATION_RULE}`);
    }),
  );
  return fault ?? repeatedWindowFault(value as readonly Members[], path);
}

/** One cap for each length: of two, the larger one would never count. */
function repeatedWindowFault(caps: readonly Members[], path: string): string | null {
  const durations = caps.map((cap) => String(namedOf(cap, DURATION_NAMES)));
  const firstOf = (duration: string): number =>
    durations.findIndex((other) => haveSameWindows(other, duration));
  const at = durations.findIndex((duration, index) => firstOf(duration) < index);
  return at < 0
    ? null
    : `${path}[${at}].budget_duration has the windows of ${path}[${firstOf(durations[at] ?? '')}]; state one cap for each length`;
}

/**
 * Returns what is wrong with caps by model, `model_max_budget`; `null` for nothing.
 * @param path the member that holds it, for the message
 */
export function modelBudgetsFault(value: unknown, path: string): string | null {
  const fault = modelMapFault(value, path);
  if (fault !== null) return fault;
  return firstFault(
    Object.entries(value as Members).map(([model, cap]) => {
      const place = `${path}.${model}`;
      return capFault(cap, place, ['models']) ?? modelsFault((cap as Members)['models'], place);
    }),
  );
}

/**
 * Returns what is wrong with numbers by model, `model_rpm_limit` and `model_tpm_limit`; `null` for nothing.
 * @param path the member that holds it, for the message
 */
export function ratesFault(value: unknown, path: string): string | null {
  const fault = modelMapFault(value, path);
  if (fault !== null) return fault;
  const wrong = Object.entries(value as Members).find(([, rate]) => !isRate(rate));
  return wrong === undefined ? null : `${path}.${wrong[0]} ${RATE_RULE}`;
}

/** Returns the caps of a list without fault. */
export function windowsOf(value: readonly unknown[]): NamedLimits['furtherBudgets'] {
  return value.map((cap) => {
    const { maxBudget, duration } = capOf(cap);
    return { maxBudget, duration: duration ?? '' };
  });
}

/** Returns the caps by model of an object without fault. */
export function modelBudgetsOf(value: object): NamedLimits['modelBudgets'] {
  return Object.fromEntries(
    Object.entries(value).map(([model, cap]: [string, unknown]) => {
      const models = (cap as Members)['models'];
      return [
        model,
        { ...capOf(cap), ...(Array.isArray(models) && { models: models as string[] }) },
      ];
    }),
  );
}

function capOf(cap: unknown): { maxBudget: string; duration: string | null } {
  const members = cap as Members;
  return {
    maxBudget: usdTextOf(namedOf(members, AMOUNT_NAMES)) ?? '0',
    duration: namedOf(members, DURATION_NAMES) as string | null,
  };
}

function capFault(cap: unknown, path: string, further: readonly string[]): string | null {
  if (!isObject(cap)) return `${path} must be an object with budget_limit and time_period`;
  const known: readonly string[] = [...AMOUNT_NAMES, ...DURATION_NAMES, ...further];
  const unknown = Object.keys(cap).find((name) => !known.includes(name));
  if (unknown !== undefined) return `${path}.${unknown} is not a member of a cap`;
  const twice = [AMOUNT_NAMES, DURATION_NAMES].find(
    ([first, second]) => isNamed(cap[first]) && isNamed(cap[second]) && cap[first] !== cap[second],
  );
  if (twice !== undefined) return `${path} has different values for ${twice.join(' and ')}`;
  if (usdTextOf(namedOf(cap, AMOUNT_NAMES)) === null) return `${path}.budget_limit ${AMOUNT_RULE}`;
  const duration = namedOf(cap, DURATION_NAMES);
  const isFit = duration === null || isBudgetDuration(duration);
  return isFit ? null : `${path}.time_period ${DURATION_RULE}`;
}

function modelsFault(models: unknown, path: string): string | null {
  if (!isNamed(models)) return null;
  const isList = Array.isArray(models) && models.length > 0 && models.length <= MAX_MODELS;
  return isList && models.every(isIdentityText)
    ? null
    : `${path}.models must be a list of 1 to ${MAX_MODELS} model names`;
}

function modelMapFault(value: unknown, path: string): string | null {
  if (!isObject(value) || Object.keys(value).length > MAX_MODELS)
    return `${path} must be an object with at most ${MAX_MODELS} model names`;
  return Object.keys(value).every(isIdentityText)
    ? null
    : `${path} has a member whose name cannot be a model: write 1 to 255 bytes without NUL, and not blanks alone`;
}

function namedOf(members: Members, names: readonly string[]): unknown {
  return names.map((name) => members[name]).find(isNamed) ?? null;
}

function isNamed(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstFault(faults: readonly (string | null)[]): string | null {
  return faults.find((fault) => fault !== null) ?? null;
}
