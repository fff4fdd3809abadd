import type { Milliseconds } from '../entities/units.js';
import type { AlgorithmOptions, Candidate, Memory } from './algorithm.js';

// Kong's (kong/runloop/balancer/latency.lua).
const DECAY_TIME: Milliseconds = 10_000;

interface Average {
  value: number;
  /** When the value was true; before any sample, long ago. */
  at: Milliseconds;
}

/**
 * Exponentially weighted moving averages of some measure of each candidate. What was measured counts the less the longer ago
 * it was, so a candidate that got no requests for being slow is tried again after a while.
 */
export class MovingAverages<C extends Candidate> {
  private readonly averages: Map<C, Average>;
  private readonly now: () => Milliseconds;

  constructor(candidates: readonly C[], { now }: Required<AlgorithmOptions>, memory: Memory) {
    this.now = now;
    const fresh = () => ({ value: 0, at: Number.NEGATIVE_INFINITY });
    this.averages = new Map(candidates.map((candidate) => [candidate, memory.recall(candidate.id, fresh)]));
    this.startNewcomersAtTheMean();
  }

  /** The measure as far as it is still worth something, per weight: what candidates are compared by. */
  score(candidate: C): number {
    const average = this.averages.get(candidate);
    return average === undefined ? 0 : (average.value * weightAfter(this.now() - average.at)) / candidate.weight;
  }

  add(candidate: C, sample: number): void {
    const average = this.averages.get(candidate);
    if (!average) return;
    const now = this.now();
    const old = weightAfter(now - average.at);
    average.value = average.value * old + sample * (1 - old);
    average.at = now;
  }

  /** Or a newcomer among measured candidates would get every request until its first sample is in. */
  private startNewcomersAtTheMean(): void {
    const all = [...this.averages.values()];
    const measured = all.filter(({ at }) => at > Number.NEGATIVE_INFINITY);
    if (measured.length === 0) return;
    const mean = measured.reduce((sum, { value }) => sum + value, 0) / measured.length;
    for (const average of all) {
      if (average.at === Number.NEGATIVE_INFINITY) Object.assign(average, { value: mean, at: this.now() });
    }
  }
}

const weightAfter = (age: Milliseconds): number => Math.exp(-Math.max(0, age) / DECAY_TIME);
