import { Injectable } from '@nestjs/common';

export const TARGET_STATES = ['healthchecks_off', 'healthy', 'unhealthy', 'dns_error'] as const;

/** One address of a Target as its Upstream's balancer judges it. */
export interface TargetHealth {
  /** The Upstream's name. */
  readonly upstream: string;
  /** `host:port` as configured. */
  readonly target: string;
  /** `ip:port`; `''` when the name does not resolve. */
  readonly address: string;
  readonly state: (typeof TARGET_STATES)[number];
}

/** A circuit breaker as it stands. */
export interface CircuitState {
  /** What it protects: the Upstream's name, or `ai-proxy-advanced <plugin id>`. */
  readonly balancer: string;
  readonly candidate: string;
  readonly state: 'closed' | 'open' | 'half-open';
}

/** Where rooms that judge health say how it stands; asked at every scrape. */
@Injectable()
export class HealthReports {
  private readonly targetSources = new Set<() => Iterable<TargetHealth>>();
  private readonly circuitSources = new Set<() => Iterable<CircuitState>>();
  /** How many plugin instances want the health of Upstreams shown (`upstream_health_metrics`). */
  private readers = 0;

  addTargets(source: () => Iterable<TargetHealth>): void {
    this.targetSources.add(source);
  }

  addCircuits(source: () => Iterable<CircuitState>): void {
    this.circuitSources.add(source);
  }

  addReader(): void {
    this.readers++;
  }

  removeReader(): void {
    this.readers--;
  }

  get isWanted(): boolean {
    return this.readers > 0;
  }

  *targets(): Generator<TargetHealth> {
    for (const source of this.targetSources) yield* source();
  }

  *circuits(): Generator<CircuitState> {
    for (const source of this.circuitSources) yield* source();
  }
}
