import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { ClaimField } from '../model/jwt-settings.js';
import { list, record } from './collections.js';
import { z } from 'zod';
import { isMapping, Scalar } from './input.js';
import {
  bare,
  besideRule,
  descriptionOf,
  described,
  EMPTY,
  keyOf,
  refuseValue,
  type Key,
  type Objection,
} from './key.js';
import { claimPath, plainName } from './rules.js';
import { flag, text, type TextRule } from './scalars.js';
import { section } from './section.js';

const MAX_PATTERN_LENGTH = 512;
const MAX_PATTERN_SIZE = 2_000;
const MAX_SEPARATOR_LENGTH = 16;
const UPPER_CASE = /[A-Z]/;

/** A field that reads paths and leaves what it finds as it is. */
export function plainClaim(...paths: readonly string[]): ClaimField {
  return { paths, split: null, stripPrefix: null, regex: null, lower: false, map: null };
}

/** Accepts a pattern of RE2, which matches in time linear in the text (threat C14). */
const linearPattern: TextRule = (pattern) => {
  const remedy =
    'Write a pattern of RE2, for example ^team-(.+)$; look-around and back references are not part of it.';
  if (pattern.length > MAX_PATTERN_LENGTH) return { message: 'is too long for a pattern', remedy };
  try {
    if (RE2JS.compile(pattern).programSize() <= MAX_PATTERN_SIZE) return null;
    return { message: 'is too large a pattern', remedy: 'Make its repetitions smaller.' };
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return { message: `is not a valid RE2 pattern (${error.error})`, remedy };
  }
};

const separator: TextRule = (value) =>
  value !== '' && value.length <= MAX_SEPARATOR_LENGTH
    ? null
    : {
        message: 'is not a valid separator',
        remedy: 'Write 1 to 16 characters in quotes, for example ",".',
      };

const PATH = text('Claim path.', { rule: claimPath });

const PATH_OR_NONE = text('Claim path.', {
  rule: (path) => (path === '' ? null : path.trim() === '' ? EMPTY : claimPath(path)),
  mayBeEmpty: true,
});

const PATHS = list('Claim paths; the first that is present wins.', PATH, {
  notEmpty: 'so that no claim is read',
});

const LOWER = flag('Makes ASCII letters small.', { default: false });

const MAPPING_KEYS = {
  fields: {
    path: PATH,
    paths: PATHS,
    split: text('Separator at which a string is split into a list; empty parts are dropped.', {
      rule: separator,
      mayBeEmpty: true,
    }),
    strip_prefix: text('Prefix that is removed from a string that starts with it.', {
      rule: plainName,
    }),
    regex: text(
      'RE2 pattern; its first group, else the whole match, is the value. A string without a match counts as absent.',
      { rule: linearPattern },
    ),
    lower: LOWER,
    map: record(
      'The value for each string of the claim; a string that is not listed counts as absent.',
      text('The value in its place.', { rule: plainName }),
      (name) => (name === '' ? ['is an empty name', 'Write a string of the claim.'] : null),
    ),
  },
  unknownKeys: 'refuse',
} as const;

const MAPPING = section({
  summary: 'Where a value stands in a token and what is done with it.',
  ...MAPPING_KEYS,
});

const READ_AS = { mapping: MAPPING_KEYS };

const ONE_FORM = 'Write path: a.b, or paths: [a.b, c] of which the first that is present wins.';
const BOTH: Objection = { message: 'has both path and paths', remedy: ONE_FORM };
const NO_CLAIM: Objection = { message: 'names no claim', remedy: ONE_FORM };

const NO_NAMES: Objection = {
  message: 'is empty, so that no string would count',
  remedy: 'Add a line, or remove the key.',
};
const CAPITALS: Objection = {
  message: 'has a name with capitals, which nothing can equal because lower is on',
  remedy: 'Write the names in lower case, or remove lower.',
};

const WRITTEN_OUT = besideRule(bare(MAPPING), refuseAcrossKeys).transform(
  ({ path, paths, strip_prefix: stripPrefix, ...work }) =>
    claimOf(path === null ? (paths ?? []) : [path], { stripPrefix, ...work }),
);

/** Rules across the keys of the mapping, about what is written, also where it has a problem of its own. */
function refuseAcrossKeys(input: unknown, context: z.RefinementCtx): void {
  if (!isMapping(input)) return;
  const { path, paths, map, lower } = input;
  if ((path !== undefined) === (paths !== undefined))
    refuseValue(context, path === undefined ? NO_CLAIM : BOTH);
  if (!isMapping(map)) return;
  const names = Object.keys(map);
  if (names.length === 0) refuseValue(context, NO_NAMES, { path: ['map'] });
  const isLowered = LOWER.safeParse(lower).data === true;
  if (isLowered && names.some((name) => UPPER_CASE.test(name)))
    refuseValue(context, CAPITALS, { path: ['map'] });
}

/** Options of a claim field besides its summary. */
export interface ClaimFieldOptions {
  /** Claim path that is read when the key is left out; without one no claim is read. */
  readonly default?: string;
  /** How its meaning differs from LiteLLM's. */
  readonly differs?: string;
}

/**
 * A key that says which claim is what: a claim path, a list of paths, or a mapping
 * `{path | paths, split, strip_prefix, regex, lower, map}`. Patterns are compiled once here, so
 * that a bad one refuses the start.
 * @param summary meaning of the claim
 * @param options default, difference
 * @returns a key whose value is `null` where no claim is read
 */
export function claimField<O extends ClaimFieldOptions>(
  summary: string,
  options?: O,
): Key<O extends { readonly default: string } ? ClaimField : ClaimField | null>;
export function claimField(
  summary: string,
  { default: path, differs }: ClaimFieldOptions = {},
): Key<ClaimField | null> {
  const schema = claimSchema(bare(PATH).transform((claim) => plainClaim(claim)));
  const key = keyOf(schema, summary, differs === undefined ? {} : { differs }, READ_AS);
  if (path === undefined) return key;
  const description = { ...descriptionOf(key), json: { default: path } };
  const present = schema.transform((claim) => claim ?? plainClaim(path));
  return described(present.prefault(Scalar.of(path)), description);
}

/**
 * As {@link claimField}, and the empty string means "no claim" where leaving the key out means
 * something else.
 * @param summary meaning of the claim, and of leaving the key out
 */
export function switchableClaimField(summary: string): Key<ClaimField | 'none' | null> {
  const path = bare(PATH_OR_NONE).transform((claim) =>
    claim === '' ? ('none' as const) : plainClaim(claim),
  );
  return keyOf(claimSchema(path), summary, {}, READ_AS);
}

/** Without a path, which each entry with a problem takes away, the key counts as left out. */
function claimOf(paths: readonly string[], work: Partial<ClaimField> = {}): ClaimField | null {
  return paths.length === 0 ? null : { ...plainClaim(...paths), ...work };
}

function claimSchema<T>(path: z.ZodType<T>): z.ZodType<T | ClaimField | null> {
  return z.union([path, bare(PATHS).transform((paths) => claimOf(paths)), WRITTEN_OUT]);
}
