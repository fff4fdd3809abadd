import { performance } from 'node:perf_hooks';
import type { Target } from '../entities/target.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { Upstream } from '../entities/upstream.js';
import type { PickHints, Sample } from './algorithm.js';
import type { Balancer, Balancers } from './balancer.js';
import { ActiveChecks } from './health/active-checks.js';
import {
  afterObservation,
  HEALTHY,
  type Health,
  type HealthLimits,
  limitsOf,
  type Observation,
  observationOf,
  UNHEALTHY,
} from './health/health.js';
import { HealthBoard } from './health/health-board.js';
import { type HostRecords, type TargetAddress, UpstreamTarget } from './upstream-target.js';

/** What the balancers of Upstreams need of the rest of the gateway. */
export interface UpstreamRooms {
  readonly balancers: Balancers;
  /** What a host name stands for now. Never rejects. */
  readonly recordsOf: (host: string) => Promise<HostRecords>;
  /** The clock of `recordsOf`. */
  readonly now?: () => Milliseconds;
  readonly random?: () => number;
  /** Told when an address is taken out of rotation or put back. */
  readonly onHealth?: (upstream: Upstream, address: TargetAddress, state: Health['state']) => void;
}

/**
 * An Upstream at work: its Targets' addresses as DNS has them, what is thought of each, and which one is next.
 * Source: Kong kong/runloop/balancer.
 */
export class UpstreamBalancer {
  readonly targets: readonly UpstreamTarget[];
  /** Whether anything but an operator judges addresses. */
  readonly checksHealth: boolean;
  private readonly board: HealthBoard;
  private balancer: Balancer<TargetAddress> | undefined;
  /** For Targets that only help out when no other is available. */
  private failover: Balancer<TargetAddress> | undefined;
  private readonly active: ActiveChecks<TargetAddress>;
  private readonly passiveLimits: HealthLimits;
  private readonly passiveHealthy: ReadonlySet<number>;
  private readonly passiveUnhealthy: ReadonlySet<number>;
  private readonly now: () => Milliseconds;
  private timer: NodeJS.Timeout | undefined;
  /** Whether requests are let through, as judged when the board was at that version. */
  private healthy = false;
  private judgedAt = -1;
  private released = false;
  /** Until the first names are known; `undefined`: requests need not wait. */
  private waiting: { readonly promise: Promise<void>; readonly end: () => void } | undefined;

  /** `previous`: the same Upstream as it was configured before; what it has learnt of the addresses that stay is kept. */
  constructor(
    readonly entity: Upstream,
    targets: readonly Target[],
    private readonly rooms: UpstreamRooms,
    previous?: UpstreamBalancer,
  ) {
    const { healthchecks } = entity;
    const { healthy, unhealthy } = healthchecks.passive;
    this.now = rooms.now ?? (() => milliseconds(performance.now()));
    this.checksHealth = checksHealth(entity);
    this.passiveLimits = limitsOf(healthchecks.passive);
    this.passiveHealthy = new Set(healthy.http_statuses);
    this.passiveUnhealthy = new Set(unhealthy.http_statuses);
    this.targets = targets.map((target) => new UpstreamTarget(target, entity.use_srv_name === true));
    this.board = previous?.board ?? new HealthBoard();
    if (previous) this.takeOver(previous);
    this.rebuild();
    const named = this.targets.filter(({ isLiteral }) => !isLiteral);
    if (named.length > 0 && this.addresses().length === 0) this.waiting = openPromise();
    for (const target of named) void this.lookUp(target);
    this.active = new ActiveChecks(healthchecks.active, entity.host_header, {
      inState: (state) => this.addresses().filter(({ id, weight }) => weight > 0 && this.board.of(id).state === state),
      observe: (address, observation, limits) => this.observe(address, observation, limits),
    });
    this.active.start();
  }

  /** A promise while no name of any Target has been resolved yet, and requests would find nobody. */
  get ready(): Promise<void> | undefined {
    return this.waiting?.promise;
  }

  /** The address for the next attempt; `undefined`: there is none, or too few are healthy (`threshold`). */
  pick(hints: PickHints): TargetAddress | undefined {
    if (!this.isHealthy) return undefined;
    return this.balancer?.pick(hints) ?? this.failover?.pick(hints);
  }

  started(address: TargetAddress): void {
    this.balancerOf(address)?.started(address);
  }

  ended(address: TargetAddress, sample: Sample): void {
    this.balancerOf(address)?.ended(address, sample);
  }

  /** Passive checks: real traffic was answered with this status. */
  answered(address: TargetAddress, status: number): void {
    const observation = observationOf(status, this.passiveHealthy, this.passiveUnhealthy);
    if (observation !== undefined) this.observe(address, observation, this.passiveLimits);
  }

  /** Passive checks: real traffic got no answer. */
  failed(address: TargetAddress, failure: 'tcp_failures' | 'timeouts'): void {
    this.observe(address, failure, this.passiveLimits);
  }

  /** An operator's word. `addressId`: `ip:port`; left out: all of the Target's. Answers whether there is such an address. */
  mark(target: UpstreamTarget, state: Health['state'], addressId?: string): boolean {
    const meant = target.addresses.filter(
      ({ ip, port }) => addressId === undefined || addressId === `${ip}:${port}` || addressId === `[${ip}]:${port}`,
    );
    for (const address of meant) this.put(address, state === 'healthy' ? HEALTHY : UNHEALTHY);
    return meant.length > 0;
  }

  /**
   * Whether requests are let through at all: `threshold` is exceeded (Kong). Where nothing is missing there is nothing to
   * complain of, even at 100.
   */
  get isHealthy(): boolean {
    if (this.judgedAt !== this.board.version) {
      const { total, available } = this.weights();
      const { threshold } = this.entity.healthchecks;
      this.healthy = available > 0 && (available === total || (available / total) * 100 > threshold);
      this.judgedAt = this.board.version;
    }
    return this.healthy;
  }

  healthOf(address: TargetAddress): Health['state'] {
    return this.board.of(address.id).state;
  }

  /** The weight of all addresses, and of those in rotation. */
  weights(addresses: readonly TargetAddress[] = this.addresses()): { total: number; available: number } {
    let total = 0;
    let available = 0;
    for (const address of addresses) {
      total += address.weight;
      if (this.healthOf(address) === 'healthy') available += address.weight;
    }
    return { total, available };
  }

  /** Asks again for the names whose records are past their time. Called by a timer. */
  async refresh(): Promise<void> {
    const now = this.now();
    const due = this.targets.filter(({ nextLookup }) => nextLookup <= now);
    await Promise.all(due.map((target) => this.lookUp(target)));
  }

  /** Asks every address in that state once, as the timers of the active checks do. */
  check(state: Health['state']): Promise<void> {
    return this.active.round(state);
  }

  /** Forgets what was thought of addresses that are none of its own. */
  tidy(): void {
    const own = new Set(this.addresses().map(({ id }) => id));
    this.board.keep((id) => own.has(id));
  }

  release(): void {
    this.released = true;
    clearTimeout(this.timer);
    this.active.stop();
    this.balancer?.release();
    this.failover?.release();
  }

  private addresses(): readonly TargetAddress[] {
    return this.targets.flatMap(({ addresses }) => addresses);
  }

  private takeOver(previous: UpstreamBalancer): void {
    const known = new Map(previous.targets.map((target) => [`${target.host}:${target.port}`, target]));
    for (const target of this.targets) {
      const before = known.get(`${target.host}:${target.port}`);
      if (before) target.inherit(before);
    }
  }

  private async lookUp(target: UpstreamTarget): Promise<void> {
    const records = await this.rooms.recordsOf(target.host);
    if (this.released) return;
    if (target.take(records, this.now())) {
      this.rebuild();
      this.tidy();
    }
    if (this.addresses().length > 0 || this.targets.every(({ state }) => state !== 'pending')) {
      this.waiting?.end();
      this.waiting = undefined;
    }
    this.schedule();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const next = Math.min(...this.targets.map(({ nextLookup }) => nextLookup));
    if (!Number.isFinite(next)) return;
    // Timers cannot wait longer, and need not: a name that lives for weeks may be looked at once too often.
    const wait = Math.min(Math.max(next - this.now(), 0), 2 ** 31 - 1);
    this.timer = setTimeout(() => void this.refresh(), wait).unref();
  }

  private rebuild(): void {
    const before = [this.balancer, this.failover];
    this.balancer = this.newBalancer(false);
    const hasFailover = this.targets.some(({ entity }) => entity.failover === true);
    this.failover = hasFailover ? this.newBalancer(true) : undefined;
    for (const balancer of before) balancer?.release();
    this.judgedAt = -1;
  }

  private newBalancer(failover: boolean): Balancer<TargetAddress> {
    const { entity, rooms } = this;
    const { now, random } = rooms;
    const candidates = this.addresses().filter(({ target }) => (target.entity.failover === true) === failover);
    return rooms.balancers.create(entity.algorithm, candidates, {
      key: `upstream ${entity.id}${failover ? ' failover' : ''}`,
      slots: entity.slots,
      now,
      random,
      isUsable: (address) => this.healthOf(address) === 'healthy',
    });
  }

  private balancerOf(address: TargetAddress): Balancer<TargetAddress> | undefined {
    return address.target.entity.failover === true ? this.failover : this.balancer;
  }

  private observe(address: TargetAddress, observation: Observation, limits: HealthLimits): void {
    if (this.checksHealth) this.put(address, afterObservation(this.board.of(address.id), observation, limits));
  }

  private put(address: TargetAddress, health: Health): void {
    if (this.board.put(address.id, health)) this.rooms.onHealth?.(this.entity, address, health.state);
  }
}

function checksHealth({ healthchecks: { active, passive } }: Upstream): boolean {
  const { tcp_failures, timeouts, http_failures } = passive.unhealthy;
  const switches = [active.healthy.interval, active.unhealthy.interval, tcp_failures, timeouts, http_failures];
  return switches.some((value) => value !== 0);
}

function openPromise(): { promise: Promise<void>; end: () => void } {
  let end = () => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}
