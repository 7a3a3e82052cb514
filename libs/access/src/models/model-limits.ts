import { mayUseModel } from './model-pattern.js';

/**
 * The list of models that grants no more than each of several lists: empty when none of them restricts, `null` when they
 * grant nothing in common. Compared entry by entry: access groups that share a model have nothing in common, so the
 * answer errs towards too few.
 * @param limits lists of models, each of which must grant a model; an empty one grants none
 */
export function commonModels(limits: readonly (readonly string[])[]): readonly string[] | null {
  const restricting = limits.filter((list) => !grantsEveryModel(list));
  if (restricting.length === 0) return [];
  const common = restricting
    .flat()
    .filter((entry) => restricting.every((list) => list.length > 0 && mayUseModel(list, entry)));
  return common.length === 0 ? null : [...new Set(common)];
}

function grantsEveryModel(list: readonly string[]): boolean {
  return list.length > 0 && mayUseModel(list, '*');
}
