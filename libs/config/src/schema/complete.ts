import { isAbsent } from '../source/config-node.js';
import { mapField, type Field } from './field.js';
import type { Fields, Section, SectionValue } from './section.js';

/** The value of a section with required members. */
export type CompleteValue<F extends Fields, K extends keyof F> = {
  readonly [P in keyof F]: P extends K ? NonNullable<SectionValue<F>[P]> : SectionValue<F>[P];
};

/**
 * A section some of whose members must be there; one that is missing is a problem.
 * @param required what to write for each member that must be there
 * @returns a field whose value is `null` where a member is missing or wrong
 */
export function complete<F extends Fields, K extends keyof F>(
  section: Section<F>,
  required: Readonly<Record<K, string>>,
): Field<CompleteValue<F, K> | null> & Pick<Section<F>, 'fields'> {
  const members = Object.entries<string>(required).map(([key, remedy]) => ({ key, remedy }));
  const field = mapField(section, (value, place, node) => {
    if (node.kind !== 'map') return null;
    for (const { key, remedy } of members) {
      const member = node.entries.get(key);
      // An unset variable has been refused where it stands.
      if (member === undefined || (isAbsent(member) && member.kind !== 'unset'))
        place.at(key).refuse('is missing', remedy);
    }
    const isWhole = members.every(({ key }) => value[key] !== null);
    // Every required member has just been seen not to be null.
    return isWhole ? (value as CompleteValue<F, K>) : null;
  });
  return { ...field, fields: section.fields };
}

/** A section of which it matters whether it stands in the file: its value is `null` where it does not. */
export function optional<F extends Fields>(
  section: Section<F>,
): Field<SectionValue<F> | null> & Pick<Section<F>, 'fields'> {
  const field = mapField(section, (value, _place, node) => (node.kind === 'map' ? value : null));
  return { ...field, fields: section.fields };
}
