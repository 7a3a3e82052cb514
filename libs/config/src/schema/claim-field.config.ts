import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Place } from '../diagnostics/config-diagnostics.js';
import type { ClaimField } from '../model/jwt-settings.js';
import { isAbsent, type ConfigNode, type MapNode } from '../source/config-node.js';
import { list, record } from './collections.js';
import { defineField, refuseKind, type Field } from './field.js';
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

const PATHS = list('Claim paths; the first that is present wins.', PATH, {
  notEmpty: 'so that no claim is read',
});

const MAPPING = section({
  summary: 'Where a value stands in a token and what is done with it.',
  fields: {
    path: PATH,
    paths: PATHS,
    split: text('Separator at which a string is split into a list; empty parts are dropped.', {
      rule: separator,
      mayBeEmpty: true,
    }),
    strip_prefix: text('Beginning that is taken off where a text has it.', { rule: plainName }),
    regex: text(
      'RE2 pattern; its first group, else the whole match, is the value. A text without a match counts as absent.',
      { rule: linearPattern },
    ),
    lower: flag('Makes ASCII letters small.', { default: false }),
    map: record(
      'What each text stands for; a text that is not listed counts as absent.',
      text('What it stands for.', { rule: plainName }),
      (name) => (name === '' ? ['is an empty name', 'Write a text of the claim.'] : null),
    ),
  },
  unknownKeys: 'refuse',
});

const SCHEMA = {
  anyOf: [PATH.schema, { type: 'array', items: PATH.schema, minItems: 1 }, MAPPING.schema],
};

/** Options of a claim field besides its summary. */
export interface ClaimFieldOptions {
  /** Claim path that is read when the key is left out; without one no claim is read. */
  readonly default?: string;
  /** How its meaning differs from LiteLLM's. */
  readonly differs?: string;
}

/**
 * A key that says which claim is what: a claim path, a list of paths, or a mapping
 * `{path | paths, split, strip_prefix, regex, lower, map}`. Patterns are compiled once here, so that a
 * bad one refuses the start.
 * @param summary meaning of the claim
 * @param options default, difference
 * @returns a field whose value is `null` where no claim is read
 */
export function claimField<O extends ClaimFieldOptions>(
  summary: string,
  options?: O,
): Field<O extends { readonly default: string } ? ClaimField : ClaimField | null>;
export function claimField(
  summary: string,
  { default: path, differs }: ClaimFieldOptions = {},
): Field<ClaimField | null> {
  const field = defineField<ClaimField>({
    summary,
    options: differs === undefined ? {} : { differs },
    schema: path === undefined ? SCHEMA : { default: path, ...SCHEMA },
    parse: readClaimField,
  });
  const absent = path === undefined ? null : plainClaim(path);
  return { ...field, absent, read: (node, place) => field.read(node, place) ?? absent };
}

/**
 * As {@link claimField}, and the empty string means "no claim" where leaving the key out means something else.
 * @param summary meaning of the claim, and of leaving the key out
 */
export function switchableClaimField(summary: string): Field<ClaimField | 'none' | null> {
  return defineField<ClaimField | 'none'>({
    summary,
    options: {},
    schema: SCHEMA,
    parse: (node, place) =>
      node.kind === 'scalar' && node.text === '' ? 'none' : readClaimField(node, place),
  });
}

function readClaimField(node: ConfigNode, place: Place): ClaimField | null {
  if (node.kind === 'map') return readMapping(node, place);
  if (node.kind === 'list') {
    const paths = PATHS.read(node, place);
    return paths === null || paths.length === 0 ? null : plainClaim(...paths);
  }
  if (node.kind === 'unset') return refuseKind(node, place, 'a claim path');
  const path = PATH.read(node, place);
  return path === null ? null : plainClaim(path);
}

function readMapping(node: MapNode, place: Place): ClaimField | null {
  const { path, paths, strip_prefix: stripPrefix, ...work } = MAPPING.read(node, place);
  const hasPath = isGiven(node, 'path');
  const hasPaths = isGiven(node, 'paths');
  if (hasPath === hasPaths)
    return place.refuse(
      hasPath ? 'has both path and paths' : 'names no claim',
      'Write path: a.b, or paths: [a.b, c] of which the first that is present wins.',
    );
  evaluateMap(node.entries.get('map'), work.lower, place.at('map'));
  const all = path === null ? (paths ?? []) : [path];
  return all.length === 0 ? null : { paths: all, stripPrefix, ...work };
}

function evaluateMap(node: ConfigNode | undefined, isLowered: boolean, place: Place): void {
  if (node?.kind !== 'map') return;
  const names = Array.from(node.entries.keys());
  if (names.length === 0)
    place.refuse('is empty, so that no text would count', 'Add a line, or remove the key.');
  if (isLowered && names.some((name) => UPPER_CASE.test(name)))
    place.refuse(
      'has a name with capitals, which nothing can equal because lower is on',
      'Write the names in lower case, or remove lower.',
    );
}

function isGiven({ entries }: MapNode, key: string): boolean {
  const member = entries.get(key);
  return member !== undefined && !isAbsent(member);
}
