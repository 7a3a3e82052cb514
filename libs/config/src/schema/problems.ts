import type { z } from 'zod';
import type { ObjectionParams } from './key.js';

/** A problem that zod found. Never holds a value of the file. */
export interface ValueProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly remedy: string;
}

/** Returns the problems of an issue. Those of a value that may be written in several ways are those of the way it is. */
export function problemsOf(issue: z.core.$ZodIssue): ValueProblem[] {
  if (issue.code !== 'invalid_union') return [{ path: issue.path, ...sentenceOf(issue) }];
  return branchOf(issue.errors)
    .flatMap(problemsOf)
    .map((problem) => ({ ...problem, path: [...issue.path, ...problem.path] }));
}

function branchOf(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const sameKind = branches.find((issues) => !issues.some(isOfOtherKind));
  return sameKind ?? branches.at(-1) ?? [];
}

function isOfOtherKind(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && issue.code === 'custom' && paramsOf(issue).isOtherKind === true;
}

function sentenceOf(issue: z.core.$ZodIssue): Pick<ValueProblem, 'message' | 'remedy'> {
  const { message } = issue;
  if (issue.code === 'custom') return { message, remedy: paramsOf(issue).remedy };
  if (issue.code === 'too_small' && issue.origin === 'array')
    return { message, remedy: 'Add an entry, or remove the key.' };
  // The schemas of numbers say what is expected.
  return { message: `must be ${message}`, remedy: `Write ${message}.` };
}

/** Every custom issue is made by `refuseValue`. */
function paramsOf(issue: z.core.$ZodIssueCustom): ObjectionParams {
  return issue.params as unknown as ObjectionParams;
}
