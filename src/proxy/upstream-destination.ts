import { performance } from 'node:perf_hooks';
import { sessionToken } from '../balancing/session-token.js';
import type { UpstreamBalancer } from '../balancing/upstream-balancer.js';
import type { TargetAddress } from '../balancing/upstream-target.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { AttemptOutcome } from '../pdk/upstream-plan.js';
import type { ResolvedAddress, Resolver, UnresolvedName } from '../transport/resolver.js';
import { type HashReader, hashReader, stickyCookie } from './hash-input.js';
import type { Journey, NoPlace, Place, ServiceDestination } from './service-destination.js';

const NO_PEER: NoPlace = { status: 503, message: 'failure to get a peer from the ring-balancer' };
const NONE_TRIED: ReadonlySet<TargetAddress> = new Set();

/** The Targets of an Upstream. */
export class UpstreamDestination implements ServiceDestination {
  readonly readHash: HashReader | undefined;
  readonly hostHeader: string | undefined;

  constructor(
    readonly balancer: UpstreamBalancer,
    readonly resolver: Resolver,
  ) {
    this.readHash = hashReader(balancer.entity);
    this.hostHeader = balancer.entity.host_header ?? undefined;
  }

  journey(request: ProxiedRequest): Journey {
    return new UpstreamJourney(this, request);
  }

  /** The cookie that brings a client back to this Target, unless it has brought it already. */
  sessionCookie(address: TargetAddress, brought: string | undefined): string | undefined {
    const { algorithm, sticky_sessions_cookie: name, sticky_sessions_cookie_path: path } = this.balancer.entity;
    if (algorithm !== 'sticky-sessions' || !name) return undefined;
    const token = sessionToken(address);
    return token === brought ? undefined : stickyCookie(name, token, path);
  }
}

/** One request's way through an Upstream: from Target to Target until one answers. */
class UpstreamJourney implements Journey {
  setCookie: string | undefined;
  private readonly hashKey: string | undefined;
  private tried: Set<TargetAddress> | undefined;
  private last: TargetAddress | undefined;
  private current: TargetAddress | undefined;
  private startedAt: Milliseconds = milliseconds(0);

  constructor(
    private readonly destination: UpstreamDestination,
    private readonly request: ProxiedRequest,
  ) {
    const hash = destination.readHash?.(request);
    this.hashKey = hash?.key;
    this.setCookie = hash?.setCookie;
  }

  next(): Place | NoPlace | Promise<Place | NoPlace> {
    const { ready } = this.destination.balancer;
    return ready ? ready.then(() => this.choose()) : this.choose();
  }

  settle(outcome: AttemptOutcome, followed: boolean): void {
    const { current } = this;
    if (!current) return;
    this.current = undefined;
    const { balancer } = this.destination;
    const isAnswer = outcome.kind === 'status';
    balancer.ended(current, isAnswer ? { latency: milliseconds(performance.now() - this.startedAt) } : {});
    if (outcome.kind !== 'abandoned') this.judge(current, outcome, followed);
  }

  /**
   * An attempt that another one follows counts as what went wrong with it; the last one counts by the status it ended with,
   * so that a refused connection is a 502 like any other (Kong kong/runloop/handler.lua, log phase).
   */
  private judge(address: TargetAddress, outcome: AttemptOutcome, followed: boolean): void {
    const { balancer } = this.destination;
    if (outcome.kind === 'timeout') balancer.failed(address, 'timeouts');
    else if (followed) balancer.failed(address, 'tcp_failures');
    else balancer.answered(address, this.request.attempts.at(-1)?.status ?? 502);
  }

  private choose(): Place | NoPlace | Promise<Place | NoPlace> {
    const { balancer, resolver } = this.destination;
    if (this.last) this.tried = (this.tried ?? new Set()).add(this.last);
    const address = balancer.pick({ hashKey: this.hashKey, tried: this.tried ?? NONE_TRIED });
    if (!address) return NO_PEER;
    this.last = address;
    if (!address.isName) return this.goTo(address, address);
    const resolved = resolver.resolve(address.hostname, address.port);
    return resolved instanceof Promise
      ? resolved.then((found) => this.goTo(address, found))
      : this.goTo(address, resolved);
  }

  private goTo(address: TargetAddress, resolved: ResolvedAddress | UnresolvedName): Place | NoPlace {
    if (resolved.ip === undefined) return resolved;
    this.current = address;
    this.setCookie = this.destination.sessionCookie(address, this.hashKey) ?? this.setCookie;
    this.startedAt = milliseconds(performance.now());
    this.destination.balancer.started(address);
    return { ip: resolved.ip, port: resolved.port, hostname: this.destination.hostHeader ?? address.hostname };
  }
}
