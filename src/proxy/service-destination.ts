import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { AttemptOutcome } from '../pdk/upstream-plan.js';
import { literalIp, type Resolver, type UnresolvedName } from '../transport/resolver.js';

/** Where one attempt goes. */
export interface Place {
  readonly ip: string;
  readonly port: number;
  /** What the Host header names, where nobody else decides it; followed by the port, unless it has one already. */
  readonly hostname: string;
}

/** No attempt is possible; what the client is answered. */
export type NoPlace = UnresolvedName;

/** Where a Service's attempts go: an address, a name, or the Targets of an Upstream. Shared by all requests. */
export interface ServiceDestination {
  /** A journey per request: its attempts, one after the other. */
  journey(request: ProxiedRequest): Journey;
}

/** One request's attempts at a destination. */
export interface Journey {
  next(): Place | NoPlace | Promise<Place | NoPlace>;
  /** `followed`: another attempt comes after this one. */
  settle(outcome: AttemptOutcome, followed: boolean): void;
  /** A cookie the client should bring back, so that its next request goes the same way. */
  readonly setCookie?: string;
}

/** An address, or a name that DNS knows. It has no state between attempts, so it is its own journey. */
export class HostDestination implements ServiceDestination, Journey {
  private readonly fixed: Place | undefined;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly resolver: Resolver,
  ) {
    const ip = literalIp(host);
    this.fixed = ip === undefined ? undefined : { ip, port, hostname: host };
  }

  journey(): Journey {
    return this;
  }

  next(): Place | NoPlace | Promise<Place | NoPlace> {
    if (this.fixed) return this.fixed;
    const resolved = this.resolver.resolve(this.host, this.port);
    return resolved instanceof Promise ? resolved.then((address) => this.placeAt(address)) : this.placeAt(resolved);
  }

  settle(): void {}

  private placeAt(resolved: { readonly ip: string; readonly port: number } | NoPlace): Place | NoPlace {
    return resolved.ip === undefined ? resolved : { ip: resolved.ip, port: resolved.port, hostname: this.host };
  }
}
