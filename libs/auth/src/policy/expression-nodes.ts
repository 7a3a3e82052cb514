import type { ASTNode } from '@marcbachmann/cel-js';

/**
 * The nodes of an expression that stand directly in a value out of its syntax tree, in their order.
 * @param value operands of a node, or a node itself
 */
export function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
