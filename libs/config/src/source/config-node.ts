interface SharedNode {
  /** Whether the value has an anchor (`&name`) that an alias repeats elsewhere. */
  readonly isShared?: true;
}

/** A value that stands alone. */
export interface ScalarNode extends SharedNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written; a number keeps all of its digits here, so that a price stays an exact decimal. */
  readonly text: string;
  /** True for a value in quotes or in block style, which is a string even if it looks like a number. */
  readonly isQuoted?: boolean;
  /** True for the value of an environment variable, which may be secret. */
  readonly isReference?: true;
}

/** A sequence. */
interface ListNode extends SharedNode {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}

/** A mapping, in the file's order. */
export interface MapNode extends SharedNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, ConfigNode>;
}

/** A value that was to come from an environment variable which is not set. */
interface UnsetNode extends SharedNode {
  readonly kind: 'unset';
  readonly variable: string;
}

/** One value of the configuration, before it is evaluated. */
export type ConfigNode = ScalarNode | ListNode | MapNode | UnsetNode;

/** Returns the node of a string that does not come from the file. */
export function textNode(text: string): ScalarNode {
  return { kind: 'scalar', value: text, text };
}

/** A mapping without members. */
export const EMPTY_MAP: MapNode = { kind: 'map', entries: new Map() };

/** Tells whether a node counts as left out: `null`, nothing behind the colon, or an unset variable. */
export function isAbsent(node: ConfigNode): boolean {
  return node.kind === 'unset' || (node.kind === 'scalar' && node.value === null);
}

const FALSE_WORDS = ['false', 'no', 'off'];

/**
 * Tells whether a node is false as LiteLLM reads it, which is YAML 1.1: also `no` and `off`, without quotes and in any case.
 */
export function isFalse(node: ConfigNode): boolean {
  return (
    node.kind === 'scalar' &&
    node.isQuoted !== true &&
    FALSE_WORDS.includes(node.text.toLowerCase())
  );
}
