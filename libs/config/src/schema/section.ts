import { z } from 'zod';
import { isMapping } from './input.js';
import {
  bare,
  besideRule,
  described,
  descriptionOf,
  refuseKind,
  type Key,
  type KeyFamily,
  type SectionKeys,
} from './key.js';

/** The keys of a section, as in the file. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** The value of a section. */
export type SectionValue<F extends Fields> = { readonly [K in keyof F]: z.output<F[K]> };

/** The description from which {@link section} builds a section. */
export interface SectionDefinition<F extends Fields> extends SectionKeys {
  readonly summary: string;
  readonly fields: F;
}

/**
 * Describes a mapping with fixed keys. Its value is complete also where the section is left out.
 * @param definition its keys and what becomes of other keys
 */
export function section<F extends Fields>(definition: SectionDefinition<F>): Key<SectionValue<F>> {
  const { summary, ...keys } = definition;
  const members = z.preprocess(
    (input, context) =>
      isMapping(input) ? input : refuseKind(context, input, 'a mapping (key: value)'),
    described(z.object(definition.fields), { description: '', section: keys }),
  );
  // The output of z.object is the same type, computed member by member.
  const whole = members.prefault(() => ({})) as unknown as Key<SectionValue<F>>;
  return described(whole, { description: summary, section: keys });
}

/** The values of the keys of a family, by name. */
export type FamilyValue<T> = Readonly<Record<string, T>>;

/**
 * As {@link section}, with keys whose names follow a pattern; their values are the member `family` of its value.
 */
export function sectionWithFamily<F extends Fields, T>(
  definition: SectionDefinition<F> & {
    readonly family: KeyFamily & { readonly key: Key<T | null> };
  },
): Key<SectionValue<F> & { readonly family: FamilyValue<T> }> {
  const { summary, ...keys } = definition;
  const { names, key } = definition.family;
  const value = bare(key);
  const membersOf = (input: Record<string, unknown>): [string, unknown][] =>
    Object.entries(input).filter(
      ([name, member]) => member !== undefined && names.test(name) && !(name in definition.fields),
    );
  const fixed = described(z.looseObject(definition.fields), { description: '', section: keys });
  const read = fixed.transform((members) => ({
    ...members,
    family: Object.fromEntries(
      membersOf(members).flatMap(([name, member]) => {
        const { data } = value.safeParse(member);
        return data === undefined ? [] : [[name, data]];
      }),
    ),
  }));
  const checked = besideRule(
    z.preprocess(
      (input, context) =>
        isMapping(input) ? input : refuseKind(context, input, 'a mapping (key: value)'),
      read,
    ),
    (input, context) => {
      for (const [name, member] of isMapping(input) ? membersOf(input) : [])
        for (const issue of value.safeParse(member).error?.issues ?? [])
          // Finished issues are raw ones with their message; the types differ in the input, which is not kept.
          context.issues.push({ ...issue, path: [name, ...issue.path] } as z.core.$ZodRawIssue);
    },
  );
  // As in `section`: the same type, computed member by member.
  const whole = checked.prefault(() => ({})) as unknown as Key<
    SectionValue<F> & { readonly family: FamilyValue<T> }
  >;
  return described(whole, { description: summary, section: keys });
}

/** A section of which it matters whether it stands in the file: its value is `null` where it does not. */
export function optional<T>(key: Key<T>): Key<T | null> {
  const schema = bare(key).default(null as never) as unknown as Key<T | null>;
  return described(schema, descriptionOf(key));
}
