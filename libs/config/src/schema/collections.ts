import { z } from 'zod';
import { isMapping } from './input.js';
import {
  bare,
  besideRule,
  keyOf,
  refuseValue,
  refuseKind,
  type Key,
  type KeyOptions,
  type Objection,
} from './key.js';

/** Options of {@link list}. */
export interface ListOptions<D> extends KeyOptions<D> {
  /** Accepts a single scalar as a list of one. */
  readonly mayBeSingle?: boolean;
  /** Refuses the empty list, for this reason. */
  readonly notEmpty?: string;
}

/**
 * A list whose entries are all alike. Entries with problems are left out of the value.
 * @param entry description of an entry
 * @param options default, a single value in place of a list
 */
export function list<T, D = null>(
  summary: string,
  entry: Key<T | null>,
  options: ListOptions<D> = {},
): Key<readonly T[] | NoInfer<D>> {
  const present = entriesOf(entry, options.notEmpty).transform((entries) =>
    entries.filter((one) => one !== undefined),
  );
  const only = bare(entry).transform((one): readonly T[] => [one as T]);
  const schema: z.ZodType<readonly T[]> =
    options.mayBeSingle === true ? z.union([only, present]) : present;
  return keyOf(schema, summary, options, { entry });
}

/** A list in which an entry that is left out, or has problems, is `undefined`, so that each keeps its place. */
export function entriesOf<T>(
  entry: Key<T | null>,
  notEmpty?: string,
): z.ZodType<readonly (T | undefined)[]> {
  const all = z.array(bare(entry).optional());
  const some = notEmpty === undefined ? all : all.min(1, { error: `is empty, ${notEmpty}` });
  return z.preprocess(
    (input, context) =>
      Array.isArray(input) ? (input as unknown[]) : refuseKind(context, input, 'a list'),
    some,
  );
}

/**
 * A mapping with free names, for example of headers.
 * @param member description of a value
 * @param nameProblem what is wrong with a name and what to write instead, or `null`
 */
export function record(
  summary: string,
  member: Key<string | null>,
  nameProblem: (name: string) => readonly [message: string, remedy: string] | null,
): Key<Readonly<Record<string, string>> | null> {
  const members = recordOf(bare(member).optional(), 'a mapping (name: value)', (name) => {
    const [message, remedy] = nameProblem(name) ?? [];
    return message === undefined || remedy === undefined ? null : { message, remedy };
  });
  return keyOf(members.transform(withoutAbsent), summary, {});
}

/** The one name that zod leaves out in silence. */
const PROTOTYPE = '__proto__';
const NO_NAME: Objection = { message: 'must not be a name', remedy: 'Write another name.' };

/** A mapping with free names that a rule holds for. */
export function recordOf<T>(
  member: z.ZodType<T>,
  expected: string,
  rule: (name: string) => Objection | null,
): z.ZodType<Record<string, T>> {
  const members = z.preprocess(
    (input, context) => (isMapping(input) ? input : refuseKind(context, input, expected)),
    z.record(z.string(), member),
  );
  return besideRule(members, (input, context) => {
    for (const name of isMapping(input) ? Object.keys(input) : []) {
      const objection = rule(name) ?? (name === PROTOTYPE ? NO_NAME : null);
      if (objection !== null) refuseValue(context, objection, { path: [name] });
    }
  });
}

function withoutAbsent<T>(members: Record<string, T | undefined>): Record<string, T> {
  const present = Object.entries(members).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present) as Record<string, T>;
}
