import type { ConfigProblem, ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { Sources } from './sources.js';

/**
 * Takes the problems of an entry back, if this version's lack of support is all that speaks against it.
 * @returns the first of them; `null`, with every problem left, where there is none or a mistake besides
 */
export function takeUnsupported(place: ConfigPath): ConfigProblem | null {
  const { problems } = place.findings;
  const own = problems.filter(({ path }) => isBelow(path, place));
  const [first] = own;
  if (first === undefined || own.some(({ isUnsupported }) => isUnsupported !== true)) return null;
  keep(problems, (problem) => !own.includes(problem));
  return first;
}

/**
 * Notes for every key of an entry that it has no effect, because the entry is left out; what was found out about the keys
 * of the entry is forgotten.
 */
export function noteLeftOut(place: ConfigPath): void {
  const { report, warnings, unknownKeys } = place.findings;
  keep(warnings, ({ path }) => path === place.path || !isBelow(path, place));
  keep(unknownKeys, (path) => !isBelow(path, place));
  for (const [index, { path }] of report.entries())
    if (isBelow(path, place))
      report[index] = { path, status: 'ignored', note: 'its deployment is left out' };
}

/**
 * Names the switch that leaves unsupported deployments out, once, where there are some.
 * @param entries places of `model_list`
 */
export function namedSwitch(entries: readonly { readonly place: ConfigPath }[]): void {
  const problems = entries[0]?.place.findings.problems ?? [];
  const index = problems.findIndex(
    ({ path, isUnsupported }) =>
      isUnsupported === true && entries.some(({ place }) => isBelow(path, place)),
  );
  const problem = problems[index];
  if (problem === undefined) return;
  const more = `Or leave such deployments out: gatehouse.unsupported_deployments: omit.`;
  problems[index] = { ...problem, remedy: `${problem.remedy} ${more}` };
}

function keep<T>(values: T[], isKept: (value: T) => boolean): void {
  values.splice(0, values.length, ...values.filter(isKept));
}

function isBelow(path: string, place: ConfigPath): boolean {
  return path === place.path || path.startsWith(`${place.path}.`);
}

/** Tells whether entries of `model_list` that this version does not support are left out, and do not refuse the start. */
export function omitsUnsupported({
  root,
  overrides,
}: Pick<Sources, 'root' | 'overrides'>): boolean {
  const named = overrides.variable('GATEHOUSE_UNSUPPORTED_DEPLOYMENTS');
  return (named ?? root.gatehouse.unsupported_deployments) === 'omit';
}
