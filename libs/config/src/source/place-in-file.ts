import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { MAX_BYTES } from './config-file.js';

const MAX_NAME_LENGTH = 60;
const INCLUDE = 'include';

type Keys = readonly (string | number)[];

/** A file that the configuration includes. */
export interface IncludedFile {
  /** Its name as `include` has it. */
  readonly name: string;
  readonly text: string;
}

/** One of the files that make up a configuration. */
interface Part {
  /** `null` for the first file, which the command line names. */
  readonly name: string | null;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** A place in one of the files. */
interface Located {
  readonly part: Part;
  readonly keys: Keys;
}

/**
 * Returns a function that says where a path stands in a configuration: as {@link placesIn}, with the files that `include`
 * names. Files that cannot be read are left out.
 * @throws Error where the first file cannot be read
 */
export function placesInFiles(path: string): (path: string) => string {
  const text = readFileSync(path, 'utf8');
  const included = includedNames(partOf(null, text).document).map((name) => ({
    name,
    text: textOf(resolve(dirname(path), name)),
  }));
  return placesIn(text, included);
}

/**
 * Returns a function that says where a path stands in a configuration, for example `line 12, model gpt-4o`, or
 * `models.yaml, line 3` for an included file; an empty text for what is in no file, such as a variable. A key that is
 * missing has the line of the section that it belongs to. Names of models and of included files are the only values
 * that it repeats.
 * @param included the files that it includes, in their order
 */
export function placesIn(
  text: string,
  included: readonly IncludedFile[] = [],
): (path: string) => string {
  const parts = [partOf(null, text), ...included.map((file) => partOf(file.name, file.text))];
  return (path) => {
    const located = locate(parts, keysOf(path));
    const offset = located === null ? null : offsetOf(located.part.document, located.keys);
    if (located === null || offset === null) return '';
    const { part, keys } = located;
    const file = part.name === null ? [] : [part.name];
    const name = modelNameOf(part.document, keys);
    const model = name === null ? [] : [`model ${name}`];
    return [...file, `line ${String(part.lines.linePos(offset).line)}`, ...model].join(', ');
  };
}

function partOf(name: string | null, text: string): Part {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', strict: false });
  return { name, document, lines };
}

/** Sections of one file; the items of a list are counted through the files in their order, as they are put together. */
function locate(parts: readonly Part[], keys: Keys): Located | null {
  const [section, index, ...rest] = keys;
  const [first] = parts;
  if (section === undefined || first === undefined) return null;
  if (section === INCLUDE) return locateInclude(parts, keys);
  const holders = parts.filter(({ document }) => isPresent(document, section));
  if (typeof index !== 'number')
    return holders[0] === undefined ? null : { part: holders[0], keys };
  let local = index;
  for (const part of holders) {
    const length = lengthOf(part.document, section);
    if (local < length) return { part, keys: [section, local, ...rest] };
    local -= length;
  }
  return holders[0] === undefined ? null : { part: holders[0], keys: [section] };
}

/** A problem of an included file itself is named below the entry that includes it. */
function locateInclude(parts: readonly Part[], keys: Keys): Located | null {
  const [, index, ...rest] = keys;
  const [first, ...included] = parts;
  const part = typeof index === 'number' && rest.length > 0 ? included[index] : undefined;
  if (part !== undefined && offsetOf(part.document, rest) !== null) return { part, keys: rest };
  return first === undefined ? null : { part: first, keys };
}

function isPresent(document: Document, section: string | number): boolean {
  if (!isMap(document.contents)) return false;
  const node: unknown = document.get(section, true);
  return node !== undefined && !(isScalar(node) && (node.value === null || node.value === ''));
}

function lengthOf(document: Document, section: string | number): number {
  const node: unknown = document.get(section, true);
  return isSeq(node) ? node.items.length : 0;
}

function includedNames(document: Document): readonly string[] {
  const node: unknown = isMap(document.contents) ? document.get(INCLUDE, true) : undefined;
  const items: readonly unknown[] = isSeq(node) ? node.items : [node];
  return items.flatMap((item) =>
    isScalar(item) && typeof item.value === 'string' && item.value !== '' ? [item.value] : [],
  );
}

/** Empty where the file cannot be read: the report says so itself. */
function textOf(path: string): string {
  try {
    return statSync(path).size > MAX_BYTES ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** `model_list[0].litellm_params.model` as its keys. */
function keysOf(path: string): Keys {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([key, index]) =>
    index === undefined ? key : Number(index),
  );
}

function offsetOf(document: Document, keys: Keys): number | null {
  for (let length = keys.length; length > 0; length--) {
    const node: unknown = document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range !== null && node.range !== undefined) return node.range[0];
  }
  return null;
}

function modelNameOf(document: Document, keys: Keys): string | null {
  const [section, index] = keys;
  if (section !== 'model_list' || typeof index !== 'number') return null;
  const name: unknown = document.getIn([section, index, 'model_name']);
  return typeof name === 'string' ? name.slice(0, MAX_NAME_LENGTH) : null;
}
