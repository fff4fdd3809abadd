import type { ActiveChecks as ActiveCheckSettings } from '../../entities/healthchecks.js';
import { milliseconds } from '../../entities/units.js';
import { type Health, type HealthLimits, limitsOf, type Observation, observationOf } from './health.js';
import { type Probed, type ProbeResult, type ProbeSettings, probe } from './probe.js';

/** Whose health is checked; asked anew for each round. */
export interface Patients<A extends Probed> {
  inState(state: Health['state']): readonly A[];
  observe(address: A, observation: Observation, limits: HealthLimits): void;
}

/**
 * Asks every address of an Upstream regularly: healthy ones at one interval, unhealthy ones at another. A round that takes
 * longer than its interval is not joined by another one. Timers never keep the process alive.
 */
export class ActiveChecks<A extends Probed> {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly settings: ProbeSettings;
  private readonly healthyStatuses: ReadonlySet<number>;
  private readonly unhealthyStatuses: ReadonlySet<number>;
  private readonly limits: HealthLimits;
  private stopped = false;

  constructor(
    private readonly checks: ActiveCheckSettings,
    hostHeader: string | undefined,
    private readonly patients: Patients<A>,
  ) {
    const { healthy, unhealthy } = checks;
    this.settings = {
      type: checks.type,
      timeout: milliseconds(checks.timeout * 1000),
      path: checks.http_path,
      headers: checks.headers ?? {},
      hostHeader,
      serverName: checks.https_sni,
      verify: checks.https_verify_certificate,
    };
    this.healthyStatuses = new Set(healthy.http_statuses);
    this.unhealthyStatuses = new Set(unhealthy.http_statuses);
    this.limits = limitsOf(checks);
  }

  start(): void {
    this.repeat('healthy', this.checks.healthy.interval);
    this.repeat('unhealthy', this.checks.unhealthy.interval);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
  }

  /** One round: each address in that state once, `concurrency` of them at a time. */
  async round(state: Health['state']): Promise<void> {
    const waiting = [...this.patients.inState(state)];
    const ask = async () => {
      for (let next = waiting.shift(); next !== undefined && !this.stopped; next = waiting.shift()) {
        const observation = this.observationOf(await probe(next, this.settings));
        if (observation !== undefined && !this.stopped) this.patients.observe(next, observation, this.limits);
      }
    };
    const askers = Math.min(this.checks.concurrency, waiting.length);
    await Promise.all(Array.from({ length: askers }, ask));
  }

  private repeat(state: Health['state'], interval: number): void {
    if (interval === 0) return;
    let isUnderWay = false;
    const timer = setInterval(() => {
      if (isUnderWay) return;
      isUnderWay = true;
      void this.round(state).finally(() => {
        isUnderWay = false;
      });
    }, interval * 1000);
    this.timers.push(timer.unref());
  }

  private observationOf(result: ProbeResult): Observation | undefined {
    switch (result.kind) {
      case 'status':
        return observationOf(result.status, this.healthyStatuses, this.unhealthyStatuses);
      case 'connected':
        return 'success';
      case 'tcp_failures':
      case 'timeouts':
        return result.kind;
    }
  }
}
