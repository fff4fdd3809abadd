import type { Database } from './settings.js';

/** What the rest of the gateway may know of where its configuration is kept. */
export class Datastore {
  /** Whether it could be used when it was last needed. A gateway goes on with what it has when it cannot. */
  reachable = true;

  constructor(readonly kind: Database) {}
}
