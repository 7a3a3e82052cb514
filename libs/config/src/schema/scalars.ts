import { parseDecimal, type ExactDecimal } from '#libs/common';
import { suggestName } from '../names/did-you-mean.js';
import { isFalse } from '../source/config-node.js';
import { decimalDigits } from '../source/yaml-number.js';
import {
  defineField,
  REFERENCE_SCHEMA,
  scalarText,
  type Field,
  type FieldOptions,
  type JsonSchema,
} from './field.js';

/** A rule for a string: `null` when it holds, else what is wrong and what to write instead. */
export type TextRule = (
  text: string,
) => { readonly message: string; readonly remedy: string } | null;

/** Options of {@link text}. */
export interface TextOptions<D> extends FieldOptions<D> {
  readonly rule?: TextRule;
  /** Brings the string into its canonical form, after the rule has passed. */
  readonly canonical?: (text: string) => string;
  /** Allows the empty text. */
  readonly mayBeEmpty?: boolean;
  /** Takes true and false as text. */
  readonly mayBeBoolean?: boolean;
}

/**
 * A string. A number counts as the string of its digits as written; a boolean does not.
 * @param options rule, canonical form, default
 */
export function text<D = null>(
  summary: string,
  options: TextOptions<D> = {},
): Field<string | NoInfer<D>> {
  return defineField<string, D>({
    summary,
    options,
    schema: {
      type: ['string', 'number', ...(options.mayBeBoolean === true ? ['boolean'] : []), 'null'],
    },
    parse: (node, place) => {
      const isTakenAsIs = options.mayBeBoolean === true && node.kind === 'scalar';
      const value = isTakenAsIs ? node.text : scalarText(node, place, 'text (in quotes)');
      if (value === null) return null;
      if (value.trim() === '' && options.mayBeEmpty !== true)
        return place.refuse('is empty', 'Write a value, or remove the key.');
      const objection = options.rule?.(value) ?? null;
      if (objection !== null) return place.refuse(objection.message, objection.remedy);
      return options.canonical === undefined ? value : options.canonical(value);
    },
  });
}

const TRUE_WORDS = ['true', 'yes', 'on'];

/**
 * A switch: `true` or `false`, also YAML 1.1's `yes`, `no`, `on`, `off`, which LiteLLM reads as such.
 * @param options default
 */
export function flag<D = null>(
  summary: string,
  options: FieldOptions<D> = {},
): Field<boolean | NoInfer<D>> {
  return defineField<boolean, D>({
    summary,
    options,
    schema: scalarSchema({ type: ['boolean', 'null'] }),
    parse: (node, place) => {
      const isWord = node.kind === 'scalar' && node.isQuoted !== true;
      const word = isWord ? node.text.toLowerCase() : '';
      if (TRUE_WORDS.includes(word)) return true;
      if (isFalse(node)) return false;
      return place.refuse('must be true or false', 'Write true or false, without quotes.');
    },
  });
}

/** Options of the number fields. */
export interface NumberOptions<D> extends FieldOptions<D> {
  readonly min: number;
  readonly max: number;
  /** Refuses the lower bound itself. */
  readonly isAboveMin?: boolean;
}

/**
 * An integer within bounds.
 * @param options bounds and default
 */
export function whole<D = null>(
  summary: string,
  options: NumberOptions<D>,
): Field<number | NoInfer<D>> {
  return numeric(summary, options, 'integer');
}

/**
 * A number within bounds, with or without decimals.
 * @param options bounds and default
 */
export function number<D = null>(
  summary: string,
  options: NumberOptions<D>,
): Field<number | NoInfer<D>> {
  return numeric(summary, options, 'number');
}

function numeric<D>(
  summary: string,
  options: NumberOptions<D>,
  type: 'integer' | 'number',
): Field<number | NoInfer<D>> {
  const { min, max, isAboveMin = false } = options;
  const kind = type === 'integer' ? 'an integer' : 'a number';
  const bounds = isAboveMin
    ? `above ${String(min)} and at most ${String(max)}`
    : `from ${String(min)} to ${String(max)}`;
  const lower = isAboveMin ? { exclusiveMinimum: min } : { minimum: min };
  return defineField<number, D>({
    summary,
    options,
    schema: scalarSchema({ type: [type, 'null'], ...lower, maximum: max }),
    parse: (node, place) => {
      const source = scalarText(node, place, kind);
      if (source === null) return null;
      const value = Number(decimalDigits(node, source));
      const isOfType =
        source.trim() !== '' &&
        (type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value));
      if (isOfType && value <= max && (isAboveMin ? value > min : value >= min)) return value;
      return place.refuse(`must be ${kind} ${bounds}`, `Write ${kind} ${bounds}.`);
    },
  });
}

/**
 * An amount of US dollars as an exact decimal, at least 0: every digit of the file counts.
 * @param options default
 */
export function dollars<D = null>(
  summary: string,
  options: FieldOptions<D> = {},
): Field<ExactDecimal | NoInfer<D>> {
  return defineField<ExactDecimal, D>({
    summary,
    options,
    schema: scalarSchema({ type: ['number', 'string', 'null'], minimum: 0 }),
    parse: (node, place) => {
      const source = scalarText(node, place, 'a decimal number');
      if (source === null) return null;
      const value = parseDecimal(decimalDigits(node, source));
      if (value !== null && value.coefficient >= 0n) return value;
      return place.refuse(
        'must be a decimal number of US dollars, at least 0',
        'Write it like 0.0000025 or 2.5e-6.',
      );
    },
  });
}

/**
 * One word out of a few; case does not count.
 * @param options default
 */
export function choice<W extends string, D extends W | null = null>(
  summary: string,
  words: readonly W[],
  options: FieldOptions<D> = {},
): Field<NoInfer<W | D>> {
  return defineField<W, D>({
    summary,
    options,
    schema: scalarSchema({ enum: [...words, null] }),
    parse: (node, place) => {
      const source = scalarText(node, place, 'a word');
      if (source === null) return null;
      const found = words.find((word) => word === source.toLowerCase());
      return found ?? place.refuse('is none of the known words', suggestName(source, words));
    },
  });
}

function scalarSchema(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, REFERENCE_SCHEMA] };
}
