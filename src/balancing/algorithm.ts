import { DiscoveryService } from '@nestjs/core';
import type { Milliseconds } from '../entities/units.js';

/** What a balancer can pick: a Target's address, or a target of an AI plugin. It knows nothing of Services or models. */
export interface Candidate {
  /** Tells candidates apart, and stays the same across reloads: state is kept under it. */
  readonly id: string;
  readonly weight: number;
}

/** What is known of the request that needs a candidate. */
export interface PickHints {
  /** Consistent hashing: what is hashed. Absent: the request has no such value. */
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

export interface AlgorithmOptions {
  /** Consistent hashing: size of the ring. */
  readonly slots?: number;
  /** The clock, for tests. */
  readonly now?: () => Milliseconds;
  readonly random?: () => number;
}

/**
 * A way of choosing among candidates; a folder in `balancing/algorithms/`. It knows nothing of health, retries or circuits:
 * those are wrapped around it.
 */
export interface BalancingAlgorithm {
  pickerFor<C extends Candidate>(candidates: readonly C[], options: AlgorithmOptions): Picker<C>;
}

/** Announces a class as a balancing algorithm. */
export const Algorithm = DiscoveryService.createDecorator<{ name: string }>();
