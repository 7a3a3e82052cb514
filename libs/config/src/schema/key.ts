import { z } from 'zod';
import type { IgnoredKey, PendingKey } from '../names/unsupported-keys.js';
import { Scalar } from './input.js';

/** A JSON Schema (draft 7), as far as it is written here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of a scalar that is taken from the environment. */
export const REFERENCE: JsonSchema = { $ref: '#/definitions/environmentReference' };

/** The schema of one value of the configuration. `undefined` is a value that is left out. */
export type Key<T> = z.ZodType<T>;

/** Keys of a section whose names follow a pattern. */
export interface KeyFamily {
  /** A whole name. */
  readonly names: RegExp;
  /** The names as the reference page writes them. */
  readonly shown: string;
  /** What each of them is. */
  readonly key: z.ZodType;
}

/** The keys of a section. */
export interface SectionKeys {
  readonly fields: Readonly<Record<string, z.ZodType>>;
  readonly family?: KeyFamily;
  /**
   * How an unknown key is reported: a problem (`refuse`), a problem where a known key is near (`refuse-near`), one line of the
   * common warning, or nothing. A misspelt key that narrows access is a problem everywhere.
   */
  readonly unknownKeys: 'refuse' | 'refuse-near' | 'warn' | 'keep';
  readonly ignored?: ReadonlyMap<string, IgnoredKey>;
  readonly pending?: ReadonlyMap<string, PendingKey>;
}

/** The description of a key: what the JSON Schema and `gatehouse check` say about it. */
export interface KeyDescription {
  /** What the value means, its unit, what leaving it out does. */
  readonly description: string;
  /** How its meaning differs from LiteLLM's; absent where it has the same. */
  readonly differs?: string;
  /** The keys below it, where it is a section. */
  readonly section?: SectionKeys;
  /** The keys below it, where it may be written as a mapping. */
  readonly mapping?: SectionKeys;
  /** What an entry is, where it is a list. */
  readonly entry?: z.ZodType;
  /** What a value is, where it is a mapping with free names. */
  readonly member?: z.ZodType;
  /** Members of its JSON Schema that zod cannot know. */
  readonly json?: JsonSchema;
}

/** Typed as zod's registries cannot be: their types descend into the schemas that a description holds. */
const DESCRIPTIONS = new WeakMap<z.ZodType, KeyDescription>();

/** Gives a schema its description, and returns it. */
export function described<S extends z.ZodType>(schema: S, description: KeyDescription): S {
  DESCRIPTIONS.set(schema, description);
  return schema;
}

/** Returns the description of a key; an empty one for any other schema. */
export function descriptionOf(key: z.ZodType): KeyDescription {
  return DESCRIPTIONS.get(key) ?? { description: '' };
}

/** Options of a key besides its summary. */
export interface KeyOptions<D> {
  /** What holds when the value is left out; `null` when nothing is given here. */
  readonly default?: D;
  /** How its meaning differs from LiteLLM's. */
  readonly differs?: string;
}

/** What is wrong with a value, never repeating it, and what to write instead. */
export interface Objection {
  readonly message: string;
  readonly remedy: string;
}

/** The problem of a text without content. */
export const EMPTY: Objection = {
  message: 'is empty',
  remedy: 'Write a value, or remove the key.',
};

/** Members of a problem that only this library reads. */
export interface ObjectionParams {
  readonly remedy: string;
  /** Whether the value is of another kind (scalar, list, mapping) than this schema reads. */
  readonly isOtherKind?: boolean;
}

/** Makes a key of a schema. */
export function keyOf<T, D = null>(
  schema: z.ZodType<T>,
  summary: string,
  { default: absent, differs }: KeyOptions<D>,
  more: Pick<KeyDescription, 'entry' | 'mapping' | 'member' | 'json'> = {},
): Key<T | D> {
  // zod hands a default out as it is. D is `null` where none is given: that is what its own default says.
  const key = schema.default((absent ?? null) as never) as unknown as Key<T | D>;
  const difference = differs === undefined ? {} : { differs };
  return described(key, { description: summary, ...difference, ...more });
}

/** The schema of a key without what holds when the key is left out. */
export function bare<T>(key: Key<T>): z.ZodType<NonNullable<T>> {
  const isOptional = key instanceof z.ZodDefault || key instanceof z.ZodPrefault;
  return (isOptional ? key.unwrap() : key) as z.ZodType<NonNullable<T>>;
}

/**
 * A key that must be there; one that is missing is a problem, and the section around it counts as left out.
 */
export function required<T>(
  key: Key<T>,
  remedy: string,
  message = 'is missing',
): Key<NonNullable<T>> {
  const schema = z.preprocess((value, context) => {
    if (value === undefined) refuseValue(context, { message, remedy });
    return value;
  }, bare(key));
  return described(schema, descriptionOf(key));
}

/**
 * A schema with a rule for what is read. Unlike zod's own rules before and after a schema, it hides no problem of the schema, and none
 * hides it.
 * @param rule leaves problems at the context
 */
export function besideRule<T>(
  schema: z.ZodType<T>,
  rule: (input: unknown, context: z.RefinementCtx) => void,
): z.ZodType<T> {
  return z.preprocess((input, context) => {
    const { length } = context.issues;
    rule(input, context);
    // zod goes on to the schema only where nothing has been left here.
    const below = context.issues.length > length ? schema.safeParse(input).error : undefined;
    // Finished issues are raw ones with their message; the types differ in the input, which is not kept.
    context.issues.push(...((below?.issues ?? []) as z.core.$ZodRawIssue[]));
    return input;
  }, schema);
}

/** Leaves a problem at the value that is read. */
export function refuseValue(
  context: z.RefinementCtx,
  { message, remedy }: Objection,
  place: { readonly path?: string[]; readonly isOtherKind?: boolean } = {},
): never {
  const { path = [], isOtherKind = false } = place;
  const params: ObjectionParams = { remedy, isOtherKind };
  context.addIssue({ code: 'custom', message, path, params: { ...params } });
  return z.NEVER;
}

/** Leaves the problem that a value has the wrong shape. */
export function refuseKind(
  context: z.RefinementCtx,
  input: unknown,
  expected: string,
  isOtherKind = true,
): never {
  const message = `must be ${expected}, not ${kindOf(input)}`;
  return refuseValue(context, { message, remedy: `Write ${expected}.` }, { isOtherKind });
}

function kindOf(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (input instanceof Scalar) return `a ${typeof input.node.value}`;
  return input === null || input === undefined ? 'nothing' : 'a mapping';
}
