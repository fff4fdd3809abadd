/**
 * The available candidate with the smallest score. `start` moves from one choice to the next, so that candidates that score
 * the same take turns.
 */
export function smallest<C>(
  candidates: readonly C[],
  start: number,
  isAvailable: (candidate: C) => boolean,
  scoreOf: (candidate: C) => number,
): C | undefined {
  let best: C | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (let step = 0; step < candidates.length; step++) {
    const candidate = candidates[(start + step) % candidates.length] as C;
    if (!isAvailable(candidate)) continue;
    const score = scoreOf(candidate);
    if (best === undefined || score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}
