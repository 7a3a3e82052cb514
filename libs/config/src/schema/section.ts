import type { Place } from '../diagnostics/config-diagnostics.js';
import { hiddenNarrowing } from '../narrowing/hidden-narrowing.js';
import { misspeltNarrowing, narrowingProblem } from '../narrowing/narrowing.js';
import { nearName } from '../names/did-you-mean.js';
import { warnOfHooks } from '../narrowing/python-hooks.js';
import type { IgnoredKey, PendingKey } from '../names/unsupported-keys.js';
import { isAbsent, isFalse, type ConfigNode, type MapNode } from '../source/config-node.js';
import { refuseKind, type Field, type JsonSchema } from './field.js';

const OFF = 'off, as if it were left out';
const REFUSED = 'refuses the start';

/** The fields of a section by their keys in the file. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The value of a section. */
export type SectionValue<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** The description from which {@link section} builds a section. */
export interface SectionDefinition<F extends Fields> {
  readonly summary: string;
  readonly fields: F;
  /**
   * How an unknown key is reported: a problem (`refuse`), a problem where a known key is near (`refuse-near`), one line of the
   * common warning, or nothing. A misspelt key that narrows access is a problem everywhere.
   */
  readonly unknownKeys: 'refuse' | 'refuse-near' | 'warn' | 'keep';
  readonly ignored?: ReadonlyMap<string, IgnoredKey>;
  readonly pending?: ReadonlyMap<string, PendingKey>;
}

/** A mapping with fixed keys. Its value is complete also where the section is left out. */
export interface Section<F extends Fields> extends Field<SectionValue<F>> {
  readonly fields: F;
}

/**
 * Describes a mapping with fixed keys.
 * @param definition its fields and what becomes of other keys
 */
export function section<F extends Fields>(definition: SectionDefinition<F>): Section<F> {
  const { fields, summary } = definition;
  const build = (valueOf: (key: string, field: Field<unknown>) => unknown): SectionValue<F> =>
    Object.fromEntries(
      Object.entries(fields).map(([key, field]) => [key, valueOf(key, field)]),
    ) as SectionValue<F>;
  const absent = build((_key, field) => field.absent);
  return {
    fields,
    summary,
    status: 'honoured',
    note: '',
    schema: sectionSchema(definition),
    absent,
    read: (node, place) => {
      if (node.kind !== 'map') {
        refuseKind(node, place, 'a mapping (key: value)');
        return absent;
      }
      const values = readMembers(node, place, definition);
      return build((key, field) => (values.has(key) ? values.get(key) : field.absent));
    },
  };
}

function readMembers<F extends Fields>(
  node: MapNode,
  place: Place,
  definition: SectionDefinition<F>,
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [key, member] of node.entries) {
    const where = place.at(key);
    const field = Object.hasOwn(definition.fields, key) ? definition.fields[key] : undefined;
    if (field === undefined) {
      if (!isNarrowing(place.path, key, member, where))
        evaluateOtherKey(key, member, where, definition);
      continue;
    }
    if (!isSection(field)) where.note(field.status, field.note);
    if (!isAbsent(member)) values.set(key, field.read(member, where));
  }
  return values;
}

/** A key that narrows access is never ignored; one that is met here without being read goes on. */
function isNarrowing(path: string, key: string, member: ConfigNode, where: Place): boolean {
  const problem = narrowingProblem(path, key, member);
  if (problem === null) return false;
  if (problem === 'off') where.note('honoured', OFF);
  else {
    where.note('ignored', REFUSED);
    if (problem.isUnsupported) where.refuseUnsupported(problem.message, problem.remedy);
    else where.refuse(problem.message, problem.remedy);
  }
  return true;
}

function evaluateOtherKey<F extends Fields>(
  key: string,
  member: ConfigNode,
  where: Place,
  definition: SectionDefinition<F>,
): void {
  const pending = definition.pending?.get(key);
  const ignored = definition.ignored?.get(key);
  if (pending !== undefined) evaluatePending(member, where, pending);
  else if (ignored !== undefined) {
    where.note('ignored', ignored.note);
    if (ignored.isLoud && !isNothing(member)) where.warn(`has no effect: ${ignored.note}`);
    if (ignored.mayBeHook === true) warnOfHooks(member, where);
    refuseHidden(key, member, where, true);
  } else if (evaluateUnknown(key, where, definition))
    refuseHidden(key, member, where, definition.unknownKeys === 'keep');
}

/** A key that narrows access refuses the start also below a key whose value is not read. */
function refuseHidden(key: string, member: ConfigNode, where: Place, isFreeForm: boolean): void {
  for (const { place, problem } of hiddenNarrowing(key, member, where, isFreeForm)) {
    place.note('ignored', REFUSED);
    place.refuse(problem.message, problem.remedy);
  }
}

/** A key that is not built may be in the file while its value means the same as leaving it out. */
function evaluatePending(member: ConfigNode, where: Place, pending: PendingKey): void {
  if (isOff(member)) {
    where.note('honoured', OFF);
    return;
  }
  where.note('ignored', REFUSED);
  where.refuseUnsupported(pending.message, pending.remedy);
}

/** Returns whether the key is ignored, not refused. */
function evaluateUnknown<F extends Fields>(
  key: string,
  where: Place,
  definition: SectionDefinition<F>,
): boolean {
  const known = [
    ...Object.keys(definition.fields),
    ...(definition.ignored?.keys() ?? []),
    ...(definition.pending?.keys() ?? []),
  ];
  const misspelt = misspeltNarrowing(key, known);
  const isKept = definition.unknownKeys === 'keep' && misspelt === null;
  where.note('ignored', isKept ? 'a note of your own' : 'not known');
  if (isKept) return true;
  if (misspelt === null || definition.unknownKeys === 'refuse')
    return reportUnknown(nearName(key, known), where, definition);
  where.refuse(misspelt.message, misspelt.remedy);
  return false;
}

/** Returns whether the key is ignored, not refused. */
function reportUnknown<F extends Fields>(
  near: string | null,
  where: Place,
  { unknownKeys, fields }: SectionDefinition<F>,
): boolean {
  if (unknownKeys === 'refuse' || (unknownKeys === 'refuse-near' && near !== null)) {
    const remedy =
      near === null
        ? `Remove it. Known here: ${Object.keys(fields).join(', ')}.`
        : `Did you mean "${near}"?`;
    where.refuse('is not a key of this section', remedy);
    return false;
  }
  where.findings.unknownKeys.push(near === null ? where.path : `${where.path} (${near}?)`);
  return true;
}

function isOff(node: ConfigNode): boolean {
  return isAbsent(node) || isFalse(node);
}

/** Off, or set to nothing: there is no effect to miss. */
function isNothing(node: ConfigNode): boolean {
  if (isOff(node)) return true;
  if (node.kind === 'list') return node.items.length === 0;
  if (node.kind === 'map') return node.entries.size === 0;
  return node.kind === 'scalar' && (node.value === 0 || node.value === '');
}

function isSection(field: Field<unknown>): boolean {
  return 'fields' in field;
}

function sectionSchema<F extends Fields>(definition: SectionDefinition<F>): JsonSchema {
  const properties: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(definition.fields))
    properties[key] = describedSchema(field);
  for (const [key, { note }] of definition.ignored ?? [])
    properties[key] = { description: `No effect: ${note}` };
  return {
    type: ['object', 'null'],
    properties,
    additionalProperties: definition.unknownKeys !== 'refuse',
  };
}

/** A field's schema with its summary, difference and default. */
function describedSchema(field: Field<unknown>): JsonSchema {
  const description = field.note === '' ? field.summary : `${field.summary} ${field.note}`;
  return { description, ...defaultOf(field), ...field.schema };
}

function defaultOf(field: Field<unknown>): JsonSchema {
  const { absent } = field;
  const isPlain =
    typeof absent === 'string' || typeof absent === 'number' || typeof absent === 'boolean';
  const isList = Array.isArray(absent) && absent.every((entry) => typeof entry === 'string');
  return isPlain || isList ? { default: absent } : {};
}
