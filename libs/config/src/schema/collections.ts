import type { Place } from '../diagnostics/config-diagnostics.js';
import { isAbsent, type ConfigNode } from '../source/config-node.js';
import { defineField, refuseKind, type Field, type FieldOptions } from './field.js';

/** Options of {@link list}. */
export interface ListOptions<D> extends FieldOptions<D> {
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
  entry: Field<T | null>,
  options: ListOptions<D> = {},
): Field<readonly T[] | NoInfer<D>> {
  const schema = { type: ['array', 'null'], items: entry.schema };
  return defineField<readonly T[], D>({
    summary,
    options,
    schema: options.mayBeSingle === true ? { anyOf: [entry.schema, schema] } : schema,
    parse: (node, place) => {
      if (node.kind === 'scalar' && options.mayBeSingle === true) {
        const only = entry.read(node, place);
        return only === null ? null : [only];
      }
      if (node.kind !== 'list') return refuseKind(node, place, 'a list');
      if (node.items.length === 0 && options.notEmpty !== undefined)
        return place.refuse(`is empty, ${options.notEmpty}`, 'Add an entry, or remove the key.');
      const values: T[] = [];
      for (const [index, item] of node.items.entries()) {
        const value = readEntry(entry, item, place.item(index));
        if (value !== null) values.push(value);
      }
      return values;
    },
  });
}

/**
 * A mapping with free names, for example of headers.
 * @param member description of a value
 * @param nameProblem what is wrong with a name and what to write instead, or `null`
 */
export function record(
  summary: string,
  member: Field<string | null>,
  nameProblem: (name: string) => readonly [message: string, remedy: string] | null,
): Field<Readonly<Record<string, string>> | null> {
  return defineField({
    summary,
    options: {},
    schema: { type: ['object', 'null'], additionalProperties: member.schema },
    parse: (node, place) => {
      if (node.kind !== 'map') return refuseKind(node, place, 'a mapping (name: value)');
      const values: [string, string][] = [];
      for (const [name, item] of node.entries) {
        const where = place.at(name);
        const problem = nameProblem(name);
        const value = problem === null && !isAbsent(item) ? member.read(item, where) : null;
        if (problem !== null) where.refuse(...problem);
        else if (value !== null) values.push([name, value]);
      }
      return Object.fromEntries(values);
    },
  });
}

function readEntry<T>(entry: Field<T | null>, item: ConfigNode, place: Place): T | null {
  if (item.kind === 'unset') return null;
  return isAbsent(item)
    ? place.refuse('is an empty entry', 'Write a value, or remove the line.')
    : entry.read(item, place);
}
