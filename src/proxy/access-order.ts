import type { Turn } from './plugin-chain.js';

/**
 * The order of the access phase where Plugins carry `ordering` (Kong Enterprise: dynamic plugin ordering): a plugin moves
 * just before, or just after, the ones it names. Kong promises no cycle detection; here a wish that contradicts an earlier
 * one is left out.
 */
export function accessOrder(turns: readonly Turn[]): readonly Turn[] {
  const wishes = turns.flatMap(({ name, ordering }) => {
    const before = (ordering?.before?.access ?? []).map((other) => [name, other] as const);
    const after = (ordering?.after?.access ?? []).map((other) => [other, name] as const);
    return [...before, ...after];
  });
  if (wishes.length === 0) return turns;

  const later = new Map<string, Set<string>>();
  for (const [first, second] of wishes) {
    if (reaches(later, second, first)) continue;
    later.set(first, (later.get(first) ?? new Set()).add(second));
  }
  // Repeatedly take the first turn, in priority order, that nobody still waiting must precede.
  const waiting = [...turns];
  const ordered: Turn[] = [];
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ name }) => !waiting.some((other) => later.get(other.name)?.has(name)));
    ordered.push(...waiting.splice(index, 1));
  }
  return ordered;
}

function reaches(later: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  if (from === to) return true;
  return [...(later.get(from) ?? [])].some((next) => reaches(later, next, to));
}
