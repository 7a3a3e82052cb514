/**
 * One of several, each with a probability proportional to its weight. When no weight is positive, all are equally likely.
 * `null` when there is nothing to choose from.
 * @param candidates what to choose from
 * @param random a number from 0 up to, not including, 1
 */
export function chooseWeighted<T extends { readonly weight: number }>(
  candidates: readonly T[],
  random: number,
): T | null {
  const [only, second] = candidates;
  if (second === undefined) return only ?? null;
  const total = candidates.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  if (total <= 0) return candidates[Math.floor(random * candidates.length)] ?? null;
  let rest = random * total;
  for (const candidate of candidates) {
    const weight = Math.max(0, candidate.weight);
    if (rest < weight) return candidate;
    rest -= weight;
  }
  // Only rounding leads here.
  return candidates.at(-1) ?? null;
}

/**
 * One of those with the lowest measure, all of them equally likely. `null` when there is nothing to choose from.
 * @param random a number from 0 up to, not including, 1
 */
export function chooseLowest<T>(
  candidates: readonly T[],
  measure: (candidate: T) => number | bigint,
  random: number,
): T | null {
  let lowest: T[] = [];
  let least: number | bigint | null = null;
  for (const candidate of candidates) {
    const value = measure(candidate);
    if (least === null || value < least) {
      least = value;
      lowest = [candidate];
    } else if (value === least) lowest.push(candidate);
  }
  return lowest[Math.floor(random * lowest.length)] ?? null;
}
