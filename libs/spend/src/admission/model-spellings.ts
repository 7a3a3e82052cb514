import { matchesWildcard, memoizeByObject } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';

/**
 * Returns the names under which limits may name the model of a request, the most specific one first: the name of its model
 * group; that name without the prefix of a provider of its deployments, or with it; and `litellm_params.model` of its
 * deployments.
 * @param modelGroup the public name that the request is served under
 * @param deployments that may serve it
 */
export function modelSpellings(
  modelGroup: string,
  deployments: Iterable<Pick<DeploymentSettings, 'provider' | 'upstreamModel'>>,
): readonly string[] {
  const spellings = new Set([modelGroup]);
  const written: string[] = [];
  for (const { provider, upstreamModel } of deployments) {
    const prefix = `${provider}/`;
    spellings.add(
      modelGroup.startsWith(prefix) ? modelGroup.slice(prefix.length) : prefix + modelGroup,
    );
    written.push(prefix + upstreamModel);
  }
  for (const name of written) spellings.add(name);
  return [...spellings];
}

/**
 * Tells of a name in a limit whether it covers a model of the configuration, so that it can limit a request. Where both names
 * have wildcards it compares what is before the first and behind the last one.
 */
export type ModelCoverage = (name: string) => boolean;

/** Returns the coverage of a configuration, made once for each. */
export const modelCoverageOf = memoizeByObject((settings: Settings): ModelCoverage => {
  const names = new Set([
    ...settings.omittedDeployments.map(({ modelGroup }) => modelGroup),
    ...settings.deployments.flatMap((one) => modelSpellings(one.modelGroup, [one])),
  ]);
  const patterns = [...names].filter((name) => name.includes('*'));
  return (name) =>
    names.has(name) ||
    (name.includes('*')
      ? [...names].some((known) => overlap(name, known))
      : patterns.some((pattern) => matchesWildcard(pattern, name)));
});

function overlap(pattern: string, name: string): boolean {
  if (!name.includes('*')) return matchesWildcard(pattern, name);
  const [one, other] = [edgesOf(pattern), edgesOf(name)];
  const starts = one.start.startsWith(other.start) || other.start.startsWith(one.start);
  const ends = one.end.endsWith(other.end) || other.end.endsWith(one.end);
  return starts && ends;
}

function edgesOf(pattern: string): { readonly start: string; readonly end: string } {
  return {
    start: pattern.slice(0, pattern.indexOf('*')),
    end: pattern.slice(pattern.lastIndexOf('*') + 1),
  };
}
