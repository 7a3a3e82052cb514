import type { z } from 'zod';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode } from '../source/config-node.js';
import { inputOf, withoutValues, type ValuePath } from './input.js';
import type { Key } from './key.js';
import { problemsOf } from './problems.js';
import { Survey } from './survey.js';

/**
 * Reads a value of the configuration. Every problem in it is left at its place, in the order of the file, with a note on
 * each key of the file. What has a problem counts as left out, so that rules across keys can be checked all the same.
 */
export function readKey<T>(key: Key<T>, node: ConfigNode, place: ConfigPath): T {
  let input = inputOf(node);
  let result = key.safeParse(input);
  new Survey(result.success ? [] : result.error.issues.flatMap(problemsOf)).visit(node, key, place);
  while (!result.success) {
    input = withoutValues(input, pathsOf(result.error.issues));
    result = key.safeParse(input);
  }
  return result.data;
}

/** The paths of what has a problem. Each round takes at least one value out, and what is empty has no problem. */
function pathsOf(issues: readonly z.core.$ZodIssue[]): readonly ValuePath[] {
  return issues.flatMap(problemsOf).map(({ path }) => path);
}
