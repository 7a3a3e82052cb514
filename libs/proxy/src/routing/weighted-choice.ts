/**
 * One of several, each with a probability proportional to its weight (LiteLLM's `simple-shuffle`). When
 * no weight is positive, all are equally likely. `null` when there is nothing to choose from.
 * @param candidates what to choose from
 * @param random a number from 0 up to, not including, 1
 */
export function chooseWeighted<T extends { readonly weight: number }>(
  candidates: readonly T[],
  random: number,
): T | null {
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
