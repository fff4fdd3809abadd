import { ConfigStore } from '../config/config-store.js';

export interface NodeIdentity {
  /** Stays the same for the life of the process. */
  readonly id: string;
  readonly version: string;
}

export type Readiness =
  | { readonly ready: true }
  /** Why traffic should stay away, in Kong's words. */
  | { readonly ready: false; readonly reason: string };

/** What nginx counts of connections, and nobody else may: the proxy tells it what happens. */
export class TrafficCounters {
  accepted = 0;
  active = 0;
  /** Turned away at the door, over a limit. */
  refused = 0;
  requests = 0;
  requestsUnderWay = 0;

  connectionOpened(): void {
    this.accepted++;
    this.active++;
  }

  connectionRefused(): void {
    this.accepted++;
    this.refused++;
  }

  connectionClosed(): void {
    this.active--;
  }

  requestStarted(): void {
    this.requests++;
    this.requestsUnderWay++;
  }

  requestEnded(): void {
    this.requestsUnderWay--;
  }

  get handled(): number {
    return this.accepted - this.refused;
  }

  /** Connections with a request under way; nginx calls the phase before its answer `reading`, which here is no phase. */
  get writing(): number {
    return Math.min(this.requestsUnderWay, this.active);
  }

  get waiting(): number {
    return this.active - this.writing;
  }
}

/** What is true of this node as a whole, beside its configuration. */
export class NodeState {
  readonly traffic = new TrafficCounters();
  private draining = false;

  constructor(
    readonly identity: NodeIdentity,
    private readonly configStore: ConfigStore,
  ) {}

  get isDraining(): boolean {
    return this.draining;
  }

  /** From here on the node tells balancers to stay away. Requests that come all the same are served. */
  drain(): void {
    this.draining = true;
  }

  /** Whether the node should get traffic. Messages are Kong's (kong/status/ready.lua). */
  readiness(): Readiness {
    if (this.draining) return { ready: false, reason: 'draining' };
    if (this.configStore.snapshot().isEmpty) {
      return { ready: false, reason: 'no configuration available (empty configuration present)' };
    }
    return { ready: true };
  }
}
