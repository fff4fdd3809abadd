import { DiscoveryService } from '@nestjs/core';
import type { Milliseconds } from '../entities/units.js';

/** What a balancer can pick: a Target's address, or a target of an AI plugin. It knows nothing of Services or models. */
export interface Candidate {
  /** Tells candidates apart, and stays the same across reloads: state is kept under it. */
  readonly id: string;
  /** Its share relative to the others' weights; 0: never picked. */
  readonly weight: number;
  /** Where it sits on a consistent-hashing ring; its id when left out. */
  readonly ringName?: string;
}

/** What is known of the request that needs a candidate. */
export interface PickHints {
  /** Consistent hashing: what is hashed. Without it the empty text is: all such requests go to one candidate (Kong). */
  readonly hashKey?: string;
  /** Candidates this request has already tried. */
  readonly tried: ReadonlySet<Candidate>;
}

/** What one finished exchange tells an algorithm about its candidate. */
export interface Sample {
  /** The measure `lowest-latency` and `latency` compare. */
  readonly latency?: Milliseconds;
  /** The measure `lowest-usage` compares: tokens or cost. */
  readonly usage?: number;
}

/** Chooses among the candidates of one configuration. Keeps its own position, ring, averages. */
export interface Picker<C extends Candidate = Candidate> {
  /** The next candidate for which `isAvailable` holds; `undefined` when there is none. */
  next(isAvailable: (candidate: C) => boolean, hints: PickHints): C | undefined;
  /** An exchange with this candidate begins / is over. Called in pairs. */
  started?(candidate: C): void;
  ended?(candidate: C, sample: Sample): void;
}

/** What algorithms may be told, and what tests put in the place of time and chance. */
export interface AlgorithmOptions {
  /** Consistent hashing: size of the ring. */
  readonly slots?: number;
  /** The clock, for tests. */
  readonly now?: () => Milliseconds;
  readonly random?: () => number;
}

/**
 * What the pickers of one balancer have learnt, by candidate id: averages, open connections. Outlives a picker, so that a
 * reload or a change of addresses forgets nothing about the candidates that stay.
 */
export interface Memory {
  /** The record kept under that id; made by `fresh` the first time, and the same object from then on. */
  recall<T extends object>(id: string, fresh: () => T): T;
}

/**
 * A way of choosing among candidates; a folder in `balancing/algorithms/`. It knows nothing of health, retries or circuits:
 * those are wrapped around it.
 */
export interface BalancingAlgorithm {
  /** `candidates` have a weight above 0. `options` are filled in by the balancer. */
  pickerFor<C extends Candidate>(
    candidates: readonly C[],
    options: Required<AlgorithmOptions>,
    memory: Memory,
  ): Picker<C>;
}

/** Announces a class as a balancing algorithm. */
export const Algorithm = DiscoveryService.createDecorator<{ name: string }>();
