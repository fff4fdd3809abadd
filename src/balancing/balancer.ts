import { performance } from 'node:perf_hooks';
import { milliseconds } from '../entities/units.js';
import type { AlgorithmOptions, BalancingAlgorithm, Candidate, Picker, PickHints, Sample } from './algorithm.js';
import { type Circuit, type CircuitLimits, Circuits } from './circuit.js';
import { BalancerMemory } from './memory.js';

/** What a balancer goes by, beside its algorithm and candidates. */
export interface BalancerOptions<C extends Candidate> extends AlgorithmOptions {
  /**
   * A balancer made under the key of one that is still in use takes over what that one has learnt of the candidates both
   * have: averages, positions, open connections, circuits.
   */
  readonly key?: string;
  /** Takes candidates that keep failing out of rotation for a while. */
  readonly circuits?: CircuitLimits;
  /** Whether a candidate may be used at all: its health. */
  readonly isUsable?: (candidate: C) => boolean;
}

/** The balancing algorithms this gateway knows, and the balancers made with them. */
export class Balancers {
  private readonly algorithms = new Map<string, BalancingAlgorithm>();
  /** Balancers in use by key, oldest first. */
  private readonly inUse = new Map<string, Balancer<Candidate>[]>();

  constructor(algorithms: Iterable<readonly [name: string, algorithm: BalancingAlgorithm]>) {
    for (const [name, algorithm] of algorithms) {
      if (this.algorithms.has(name)) throw new Error(`two balancing algorithms are called '${name}'`);
      this.algorithms.set(name, algorithm);
    }
  }

  has(name: string): boolean {
    return this.algorithms.has(name);
  }

  /** The names of all algorithms, sorted. */
  known(): readonly string[] {
    return [...this.algorithms.keys()].sort();
  }

  /** Every circuit that has been needed so far, of the balancers that have a key. */
  *circuits(): Generator<{ balancer: string; candidate: string; state: Circuit['state'] }> {
    for (const [key, sharers] of this.inUse) {
      for (const [candidate, state] of sharers.at(-1)?.circuitStates() ?? []) yield { balancer: key, candidate, state };
    }
  }

  /** A balancer of these candidates. The caller releases it when nothing uses it any more. */
  create<C extends Candidate>(name: string, candidates: readonly C[], options: BalancerOptions<C> = {}): Balancer<C> {
    const algorithm = this.algorithms.get(name);
    if (!algorithm) throw new Error(`unknown balancing algorithm '${name}' (known: ${this.known().join(', ')})`);
    const { key } = options;
    if (key === undefined) return new Balancer(name, algorithm, candidates, options, undefined, () => {});
    const sharers = this.inUse.get(key) ?? [];
    this.inUse.set(key, sharers);
    const balancer = new Balancer(name, algorithm, candidates, options, sharers.at(-1), () => {
      sharers.splice(sharers.indexOf(balancer as unknown as Balancer<Candidate>), 1);
      if (sharers.length === 0) this.inUse.delete(key);
    });
    sharers.push(balancer as unknown as Balancer<Candidate>);
    return balancer;
  }
}

/**
 * Chooses a candidate per attempt. The algorithm proposes among the candidates that are usable, whose circuit lets them
 * be tried, and – as long as there are any – that this request has not tried yet.
 */
export class Balancer<C extends Candidate> {
  private readonly picker: Picker<C>;
  private readonly memory: BalancerMemory;
  private readonly circuits: Circuits | undefined;
  private readonly isAvailable: (candidate: C) => boolean;
  private released = false;

  /** @internal Made by `Balancers.create`. */
  constructor(
    readonly algorithm: string,
    implementation: BalancingAlgorithm,
    readonly candidates: readonly C[],
    options: BalancerOptions<C>,
    previous: Balancer<Candidate> | undefined,
    private readonly onRelease: () => void,
  ) {
    const { circuits, isUsable, now = () => milliseconds(performance.now()), random = Math.random } = options;
    // What one algorithm keeps of a candidate means nothing to another.
    this.memory = new BalancerMemory(previous?.algorithm === algorithm ? previous.memory : undefined);
    this.circuits = circuits && new Circuits(circuits, now, previous?.circuits);
    this.isAvailable = (candidate) =>
      (isUsable === undefined || isUsable(candidate)) && (this.circuits?.mayTry(candidate.id) ?? true);
    this.picker = implementation.pickerFor(
      candidates.filter(({ weight }) => weight > 0),
      { slots: options.slots ?? DEFAULT_SLOTS, now, random },
      this.memory,
    );
  }

  /** The candidate for the next attempt; `undefined`: none can be used. */
  pick(hints: PickHints): C | undefined {
    const candidate = this.proposal(hints);
    if (candidate !== undefined) this.circuits?.trying(candidate.id);
    return candidate;
  }

  private proposal(hints: PickHints): C | undefined {
    const { tried } = hints;
    if (tried.size === 0) return this.picker.next(this.isAvailable, hints);
    const untried = this.picker.next((candidate) => !tried.has(candidate) && this.isAvailable(candidate), hints);
    return untried ?? this.picker.next(this.isAvailable, hints);
  }

  /** An exchange with this candidate begins. `ended` follows in any case. */
  started(candidate: C): void {
    this.picker.started?.(candidate);
  }

  /** That exchange is over, however it went. */
  ended(candidate: C, sample: Sample): void {
    this.picker.ended?.(candidate, sample);
  }

  /** For the circuits: the candidate did what it was asked to. */
  succeeded(candidate: C): void {
    this.circuits?.succeeded(candidate.id);
  }

  /** For the circuits: the candidate is to blame for a failure. */
  failed(candidate: C): void {
    this.circuits?.failed(candidate.id);
  }

  /** Whether `pick` could answer with this candidate now. */
  isInRotation(candidate: C): boolean {
    return candidate.weight > 0 && this.isAvailable(candidate);
  }

  /** The circuits of its candidates, as far as they have failed before. */
  *circuitStates(): Generator<[candidate: string, state: Circuit['state']]> {
    for (const { id } of this.candidates) {
      const state = this.circuits?.stateOf(id);
      if (state !== undefined) yield [id, state];
    }
  }

  /** Nothing picks from this balancer any more. Exchanges under way may still be ended. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.onRelease();
  }
}

// Kong's default for Upstreams.
const DEFAULT_SLOTS = 10000;
