import type { TargetConfig } from '../ai/target-config.js';
import type { CircuitLimits } from '../balancing/circuit.js';
import type { Bytes } from '../entities/units.js';
import type { AttemptTimeouts } from '../transport/attempt.js';

/** A target as a plugin's configuration has it. */
export interface TargetOptions {
  readonly config: TargetConfig;
  readonly weight: number;
  /** Where it stands in the configuration, for messages: `targets.0.`; `''` for a plugin that is one target. */
  readonly path: string;
}

/** How attempts are spread and repeated. */
export interface BalancingOptions {
  readonly algorithm: string;
  /** Size of the ring; consistent hashing only. */
  readonly slots?: number;
  /** The request header whose value is hashed; consistent hashing only. */
  readonly hashHeader?: string;
  /** What a target's latency is: the whole time, or the time per completion token. */
  readonly latencyStrategy: 'tpot' | 'e2e';
  /** What a target's usage is: which tokens, or their cost. */
  readonly usageStrategy: string;
  /** The kinds of failure after which another target is tried (`error`, `http_503`, `non_idempotent` …). */
  readonly criteria: ReadonlySet<string>;
  readonly circuits?: CircuitLimits;
  /** `undefined`: the Service's own. */
  readonly retries: number | undefined;
  /** `undefined`: made of the Service's own. */
  readonly timeouts: AttemptTimeouts | undefined;
}

/** Everything an AI plugin's configuration says about its exchanges. */
export interface ExchangeOptions {
  readonly llmFormat: string;
  /** 0: no limit. */
  readonly maxRequestBodySize: Bytes;
  readonly modelNameHeader: boolean;
  readonly responseStreaming: 'allow' | 'deny' | 'always';
  readonly targets: readonly TargetOptions[];
  readonly balancing: BalancingOptions;
}
