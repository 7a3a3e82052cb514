import type { KeyStatus, Place } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode } from '../source/config-node.js';

/** A JSON Schema (draft 7), as far as it is written here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The description of one value of the configuration. The reader, the report of `gatehouse check` and
 * the JSON Schema all come from it, so that they cannot drift apart.
 */
export interface Field<T> {
  /** What the value means, its unit, what leaving it out does. */
  readonly summary: string;
  /** Tells whether it has the same meaning as in LiteLLM. */
  readonly status: KeyStatus;
  /** The difference, for `gatehouse check`. */
  readonly note: string;
  /** Its JSON Schema without the summary. */
  readonly schema: JsonSchema;
  /** What holds when the value is left out. */
  readonly absent: T;
  /** Evaluates a value that is present. Leaves problems at its place and then returns {@link absent}. */
  read(node: ConfigNode, place: Place): T;
}

/** Options of a field besides its summary. */
export interface FieldOptions<D> {
  /** What holds when the value is left out; `null` when nothing is given here. */
  readonly default?: D;
  /** How its meaning differs from LiteLLM's. Makes the status `differs`. */
  readonly differs?: string;
}

/** Schema of a scalar that is taken from the environment. */
export const REFERENCE_SCHEMA: JsonSchema = { $ref: '#/definitions/environmentReference' };

/** What {@link defineField} is made from. */
export interface FieldDefinition<T, D> {
  readonly summary: string;
  readonly options: FieldOptions<D>;
  readonly schema: JsonSchema;
  /** Returns `null` after it has left a problem. */
  parse(node: ConfigNode, place: Place): T | null;
}

/** Makes a field. */
export function defineField<T, D = null>(definition: FieldDefinition<T, D>): Field<T | D> {
  const { options, summary } = definition;
  // D is `null` where no default is given: that is what its own default says.
  const absent = (options.default ?? null) as D;
  return {
    summary,
    status: options.differs === undefined ? 'honoured' : 'differs',
    note: options.differs ?? '',
    schema: definition.schema,
    absent,
    read: (node, place) => definition.parse(node, place) ?? absent,
  };
}

/**
 * A field whose value is worked over, with a view of the place and the node that it came from.
 * @param map makes the value; leaves problems at the place if need be
 */
export function mapField<T, U>(
  field: Field<T>,
  map: (value: T, place: Place, node: ConfigNode) => U,
): Field<U | null> {
  return {
    ...field,
    absent: null,
    read: (node, place) => map(field.read(node, place), place, node),
  };
}

/** The text of a scalar; a problem and `null` when the node is none. */
export function scalarText(node: ConfigNode, place: Place, expected: string): string | null {
  if (node.kind === 'scalar' && typeof node.value !== 'boolean') return node.text;
  return refuseKind(node, place, expected);
}

/** Leaves the problem that a value has the wrong shape. */
export function refuseKind(node: ConfigNode, place: Place, expected: string): null {
  return place.refuse(`must be ${expected}, not ${kindOf(node)}`, `Write ${expected}.`);
}

function kindOf(node: ConfigNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'unset') return 'nothing';
  return node.value === null ? 'nothing' : `a ${typeof node.value}`;
}
