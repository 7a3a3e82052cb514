import { LineCounter, isNode, parseDocument, type Document } from 'yaml';

const MAX_NAME_LENGTH = 60;

/**
 * Returns a function that says where a path stands in a configuration file, for example `line 12, model gpt-4o`; an empty
 * text for what is not in the file, such as a variable. A key that is missing has the line of the section that it belongs
 * to. Names of models are the only values that it repeats.
 * @param text the file
 */
export function placesIn(text: string): (path: string) => string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', strict: false });
  return (path) => {
    const keys = keysOf(path);
    const offset = offsetOf(document, keys);
    if (offset === null) return '';
    const name = modelNameOf(document, keys);
    const line = `line ${String(lines.linePos(offset).line)}`;
    return name === null ? line : `${line}, model ${name}`;
  };
}

/** `model_list[0].litellm_params.model` as its keys. */
function keysOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([key, index]) =>
    index === undefined ? key : Number(index),
  );
}

function offsetOf(document: Document, keys: readonly (string | number)[]): number | null {
  for (let length = keys.length; length > 0; length--) {
    const node: unknown = document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range !== null && node.range !== undefined) return node.range[0];
  }
  return null;
}

function modelNameOf(document: Document, keys: readonly (string | number)[]): string | null {
  const [section, index] = keys;
  if (section !== 'model_list' || typeof index !== 'number') return null;
  const name: unknown = document.getIn([section, index, 'model_name']);
  return typeof name === 'string' ? name.slice(0, MAX_NAME_LENGTH) : null;
}
