import { z } from 'zod';
import { isMapping } from './input.js';
import { bare, described, descriptionOf, refuseKind, type Key, type SectionKeys } from './key.js';

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

/** A section of which it matters whether it stands in the file: its value is `null` where it does not. */
export function optional<T>(key: Key<T>): Key<T | null> {
  const schema = bare(key).default(null as never) as unknown as Key<T | null>;
  return described(schema, descriptionOf(key));
}
