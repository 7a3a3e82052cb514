import type { ConfigNode, ScalarNode } from './config-node.js';

const GROUPED = /^[-+]?(?:\d[\d_]*)?(?:\.[\d_]*)?(?:[eE][-+]?\d+)?$/;
const OCTAL = /^([-+]?)0([0-7_]+)$/;
const PREFIXED = /^([-+]?)(0[bB][01_]+|0[xX][\dA-Fa-f_]+|0o[0-7_]+)$/;
const SEXAGESIMAL = /^([-+]?)([1-9][\d_]*|0)((?::[0-5]?\d)+)(\.[\d_]*)?$/;
const BASE = 60n;

/**
 * Returns a number of the file as decimal digits. LiteLLM reads its file with PyYAML, which is YAML 1.1: `1_000`, `0x1f`,
 * `0b11`, `1:30` (sexagesimal, 90) and, without quotes, `017` (octal, 15). Text in quotes and variables of the environment
 * become numbers as in Python, where underscores may group digits and a leading zero means nothing.
 * @param node the node that the number stands in
 * @returns the text itself where it is none of these forms
 */
export function decimalDigits(node: ConfigNode, source: string): string {
  const text = source.trim();
  if (node.kind !== 'scalar' || !isPlain(node)) return ungrouped(text);
  return ungrouped(octal(text) ?? prefixed(text) ?? sexagesimal(text) ?? text);
}

/** Text from the environment says nothing about quotes, and Python reads it as it reads text in quotes. */
function isPlain({ value, isQuoted }: ScalarNode): boolean {
  return typeof value === 'number' || isQuoted === false;
}

function octal(text: string): string | null {
  const [, sign, digits] = OCTAL.exec(text) ?? [];
  const plain = withoutUnderscores(digits ?? '');
  return plain === '' ? null : `${sign ?? ''}${BigInt(`0o${plain}`).toString()}`;
}

function prefixed(text: string): string | null {
  const [, sign, digits] = PREFIXED.exec(text) ?? [];
  const plain = withoutUnderscores(digits ?? '');
  return plain.length <= '0x'.length ? null : `${sign ?? ''}${BigInt(plain).toString()}`;
}

function sexagesimal(text: string): string | null {
  const [, sign, first, rest, fraction] = SEXAGESIMAL.exec(text) ?? [];
  if (first === undefined || rest === undefined) return null;
  const places = [withoutUnderscores(first), ...rest.slice(1).split(':')];
  const total = places.reduce((sum, place) => sum * BASE + BigInt(place), 0n);
  return `${sign ?? ''}${total.toString()}${fraction ?? ''}`;
}

function ungrouped(text: string): string {
  return GROUPED.test(text) && /\d/.test(text) ? withoutUnderscores(text) : text;
}

function withoutUnderscores(text: string): string {
  return text.replaceAll('_', '');
}
