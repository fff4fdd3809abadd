import { ConfigStore } from '../config/config-store.js';
import { Datastore } from '../config/datastore.js';

/** What tells this node from others. */
export interface NodeIdentity {
  /** Stays the same for the life of the process. */
  readonly id: string;
  readonly version: string;
}

/** Whether the node should get traffic. */
export type Readiness =
  | { readonly ready: true }
  /** Why traffic should stay away, in Kong's words. */
  | { readonly ready: false; readonly reason: string };

/** nginx's figures of connections and requests. */
export interface TrafficFigures {
  readonly accepted: number;
  readonly handled: number;
  readonly active: number;
  /** Connections with a request under way. nginx has a state `reading` before it, which here is no state. */
  readonly writing: number;
  readonly waiting: number;
  readonly requests: number;
}

/** Counts connections and requests. The proxy tells it what happens. */
class TrafficCounters {
  private accepted = 0;
  private refused = 0;
  private active = 0;
  private requests = 0;
  private underWay = 0;

  connectionOpened(): void {
    this.accepted++;
    this.active++;
  }

  /** Turned away at the door, over a limit. */
  connectionRefused(): void {
    this.accepted++;
    this.refused++;
  }

  connectionClosed(): void {
    this.active--;
  }

  requestStarted(): void {
    this.requests++;
    this.underWay++;
  }

  requestEnded(): void {
    this.underWay--;
  }

  figures(): TrafficFigures {
    const { accepted, active, requests } = this;
    // Several requests may be under way on one HTTP/2 connection.
    const writing = Math.min(this.underWay, active);
    return { accepted, handled: accepted - this.refused, active, writing, waiting: active - writing, requests };
  }
}

/** What is true of this node as a whole, beside its configuration. */
export class NodeState {
  readonly traffic = new TrafficCounters();
  private draining = false;

  constructor(
    readonly identity: NodeIdentity,
    private readonly configStore: ConfigStore,
    readonly datastore: Datastore = new Datastore('off'),
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
    // With a store an empty configuration is where everybody begins; without, it means that none was loaded.
    if (this.datastore.kind === 'off' && this.configStore.snapshot().isEmpty) {
      return { ready: false, reason: 'no configuration available (empty configuration present)' };
    }
    return { ready: true };
  }
}
