import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ModelEntry } from '../schema/model-list.config.js';

/** Values from which the share of a deployment is calculated. */
export interface ShareClaim {
  readonly entry: ModelEntry;
  readonly place: ConfigPath;
  readonly group: string;
}

type Measure = (entry: ModelEntry) => number | null;

/** LiteLLM's order (simple-shuffle): the first measure that any deployment of the name has counts for all of them. */
const MEASURES: readonly Measure[] = [
  ({ litellm_params: params }) => params.weight,
  ({ litellm_params: params, rpm }) => params.rpm ?? rpm,
  ({ litellm_params: params, tpm }) => params.tpm ?? tpm,
];

/**
 * Shares of the calls, one for each deployment. A deployment without the measure that the others of
 * its name have gets 0, as in LiteLLM, and a warning; where every share is 0, all get 1.
 * @param claims deployments in the file's order
 */
export function sharesOf(claims: readonly ShareClaim[]): number[] {
  const groups = Map.groupBy(claims, ({ group }) => group);
  return claims.map((claim) => {
    const members = groups.get(claim.group) ?? [];
    const measure = MEASURES.find((candidate) =>
      members.some(({ entry }) => candidate(entry) !== null),
    );
    if (measure === undefined || members.every(({ entry }) => (measure(entry) ?? 0) === 0))
      return 1;
    const share = measure(claim.entry);
    if (share === null)
      claim.place.warn(
        'gives no share (weight, rpm or tpm) as the others of its name do: it is used only when they fail',
      );
    return share ?? 0;
  });
}
