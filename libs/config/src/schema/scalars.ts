import { z } from 'zod';
import { usdTextOf } from '#libs/access';
import { formatDecimal, parseDecimal, suggestName, type ExactDecimal } from '#libs/common';
import { isFalse, type ScalarNode } from '../source/config-node.js';
import { decimalDigits } from '../source/yaml-number.js';
import { Scalar } from './input.js';
import {
  described,
  EMPTY,
  keyOf,
  refuseValue,
  refuseKind,
  REFERENCE,
  type JsonSchema,
  type Key,
  type KeyOptions,
  type Objection,
} from './key.js';

/** A rule for a string: `null` when it holds, else what is wrong and what to write instead. */
export type TextRule = (text: string) => Objection | null;

/** Options of {@link text}. */
export interface TextOptions<D> extends KeyOptions<D> {
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
): Key<string | NoInfer<D>> {
  const { rule, mayBeEmpty = false, mayBeBoolean = false } = options;
  const content = z.string().superRefine((value, context) => {
    const isEmpty = value.trim() === '' && !mayBeEmpty;
    const objection = isEmpty ? EMPTY : (rule?.(value) ?? null);
    if (objection !== null) refuseValue(context, objection);
  });
  const types = ['string', 'number', ...(mayBeBoolean ? ['boolean'] : []), 'null'];
  const canonical = described(content, { description: '', json: { type: types } }).transform(
    (value) => options.canonical?.(value) ?? value,
  );
  return keyOf(scalar('a string (in quotes)', textOf, canonical, mayBeBoolean), summary, options);
}

const TRUE_WORDS = ['true', 'yes', 'on'];

/**
 * A switch: `true` or `false`, also YAML 1.1's `yes`, `no`, `on`, `off`, which LiteLLM reads as
 * such.
 * @param options default
 */
export function flag<D = null>(
  summary: string,
  options: KeyOptions<D> = {},
): Key<boolean | NoInfer<D>> {
  const schema = z.preprocess((input, context) => {
    const node = input instanceof Scalar ? input.node : null;
    const word = node === null || node.isQuoted === true ? '' : node.text.toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    if (node !== null && isFalse(node)) return false;
    return refuseValue(
      context,
      { message: 'must be true or false', remedy: 'Write true or false, without quotes.' },
      { isOtherKind: node === null },
    );
  }, z.boolean());
  return keyOf(schema, summary, options);
}

/** Options of the number fields. */
export interface NumberOptions<D> extends KeyOptions<D> {
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
): Key<number | NoInfer<D>> {
  const expected = `an integer ${boundsOf(options)}`;
  const schema = z.int({ error: expected });
  return keyOf(scalar('an integer', digitsOf, within(schema, expected, options)), summary, options);
}

/**
 * A number within bounds, with or without decimals.
 * @param options bounds and default
 */
export function number<D = null>(
  summary: string,
  options: NumberOptions<D>,
): Key<number | NoInfer<D>> {
  const expected = `a number ${boundsOf(options)}`;
  const schema = z.number({ error: expected });
  return keyOf(scalar('a number', digitsOf, within(schema, expected, options)), summary, options);
}

type Bounds = Pick<NumberOptions<unknown>, 'min' | 'max' | 'isAboveMin'>;

function boundsOf({ min, max, isAboveMin = false }: Bounds): string {
  return isAboveMin
    ? `above ${String(min)} and at most ${String(max)}`
    : `from ${String(min)} to ${String(max)}`;
}

/** zod's own problems say what is expected; {@link problemOf} makes a sentence of it. */
function within(
  schema: z.ZodNumber,
  expected: string,
  { min, max, isAboveMin = false }: Bounds,
): z.ZodNumber {
  const error = { error: expected };
  const bounded = isAboveMin ? schema.gt(min, error) : schema.gte(min, error);
  return bounded.lte(max, error);
}

/** The JSON Schema of an amount of US dollars. */
export const AMOUNT_JSON: JsonSchema = {
  anyOf: [{ type: ['number', 'string', 'null'], minimum: 0 }, REFERENCE],
};

const AMOUNT = scalar(
  'a decimal number',
  exactOf,
  described(z.custom<ExactDecimal>(), { description: '', json: AMOUNT_JSON }),
);

/** An amount of US dollars as an exact decimal, at least 0: every digit of the file counts. */
export function dollars(summary: string): Key<ExactDecimal | null> {
  return keyOf(AMOUNT, summary, {});
}

const LIMIT = scalar(
  'a decimal number',
  limitOf,
  described(z.custom<ExactDecimal>(), { description: '', json: AMOUNT_JSON }),
);

/** As {@link dollars}, for an amount that limits spend: one that limits cannot hold is refused. */
export function limitDollars(summary: string): Key<ExactDecimal | null> {
  return keyOf(LIMIT, summary, {});
}

/**
 * As {@link dollars}, with a default.
 * @param written the default as it would stand in the file
 */
export function dollarsOr(summary: string, written: string): Key<ExactDecimal> {
  return described(AMOUNT.prefault(Scalar.of(written)), { description: summary });
}

/**
 * A share as an exact decimal, from 0 on: every digit of the file counts.
 * @param most the largest one, for example 1
 */
export function share(summary: string, most: number): Key<ExactDecimal | null> {
  const remedy = `Write a decimal from 0 to ${String(most)}, for example 0.05 for 5 percent.`;
  const shareOf = (node: ScalarNode, context: z.RefinementCtx): ExactDecimal => {
    const value = parseDecimal(decimalDigits(node, node.text));
    const limit = BigInt(most) * 10n ** BigInt(value?.scale ?? 0);
    if (value !== null && value.coefficient >= 0n && value.coefficient <= limit) return value;
    return refuseValue(context, { message: 'must be a share, not a percentage', remedy });
  };
  const json = {
    anyOf: [{ type: ['number', 'string', 'null'], minimum: 0, maximum: most }, REFERENCE],
  };
  const schema = described(z.custom<ExactDecimal>(), { description: '', json });
  return keyOf(scalar('a decimal number', shareOf, schema), summary, {}, { json });
}

/** A number that prices are multiplied by, as an exact decimal from 0 to 1000: every digit of the file counts. */
export function factor(summary: string): Key<ExactDecimal | null> {
  return keyOf(FACTOR, summary, {});
}

const FACTOR = scalar(
  'a decimal number',
  (node, context): ExactDecimal => {
    const value = parseDecimal(decimalDigits(node, node.text));
    const most = 1_000n * 10n ** BigInt(value?.scale ?? 0);
    if (value !== null && value.coefficient >= 0n && value.coefficient <= most) return value;
    const remedy = 'Write it like 1.1 for 10 percent more, or 6 for six times the price.';
    return refuseValue(context, { message: 'must be a number from 0 to 1000', remedy });
  },
  described(z.custom<ExactDecimal>(), { description: '', json: AMOUNT_JSON }),
);

function exactOf(node: ScalarNode, context: z.RefinementCtx): ExactDecimal {
  const value = parseDecimal(decimalDigits(node, node.text));
  if (value !== null && value.coefficient >= 0n) return value;
  return refuseValue(context, {
    message: 'must be a decimal number of US dollars, at least 0',
    remedy: 'Write it like 0.0000025 or 2.5e-6.',
  });
}

function limitOf(node: ScalarNode, context: z.RefinementCtx): ExactDecimal {
  const value = exactOf(node, context);
  if (value === z.NEVER || usdTextOf(formatDecimal(value)) !== null) return value;
  return refuseValue(context, {
    message: 'must be 0, or from 0.000000000001 to less than 1000000000000 US dollars',
    remedy: 'Write an amount such as 100 or 0.05.',
  });
}

/**
 * One word out of a few; case does not count.
 * @param options default
 */
export function choice<W extends string, D extends W | null = null>(
  summary: string,
  words: readonly W[],
  options: KeyOptions<D> = {},
): Key<NoInfer<W | D>> {
  const wordOf = ({ text: source }: ScalarNode, context: z.RefinementCtx): W =>
    words.find((word) => word === source.toLowerCase()) ??
    refuseValue(context, {
      message: 'is none of the known words',
      // A number that is near another one is not a misspelt one.
      remedy: suggestName(/^\d/.test(source) ? '' : source, words),
    });
  return keyOf(scalar('a word', wordOf, z.enum(words)), summary, options);
}

const textOf = (node: ScalarNode): string => node.text;

function digitsOf(node: ScalarNode): number {
  return node.text.trim() === '' ? Number.NaN : Number(decimalDigits(node, node.text));
}

/** A schema of a scalar; a boolean is none unless it is asked for. */
function scalar<T>(
  expected: string,
  convert: (node: ScalarNode, context: z.RefinementCtx) => unknown,
  schema: z.ZodType<T>,
  mayBeBoolean = false,
): z.ZodType<T> {
  return z.preprocess((input, context) => {
    if (!(input instanceof Scalar)) return refuseKind(context, input, expected);
    if (typeof input.node.value === 'boolean' && !mayBeBoolean)
      return refuseKind(context, input, expected, false);
    return convert(input.node, context);
  }, schema);
}
