import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';

/**
 * Somebody who builds something from each snapshot: the router's table, the plugin chains. `prepare` builds it without
 * touching what runs and may throw to refuse the configuration; the function it returns puts it in place and cannot fail.
 */
export interface SnapshotUser {
  prepare(snapshot: Snapshot): Promise<() => void> | (() => void);
}

/** The configuration in force. A new one replaces it whole, or not at all. */
export class ConfigStore {
  private current: Snapshot = EMPTY_SNAPSHOT;
  private readonly users: SnapshotUser[] = [];
  /** One swap at a time: each builds on what the one before left in place. */
  private turn: Promise<unknown> = Promise.resolve();

  snapshot(): Snapshot {
    return this.current;
  }

  register(user: SnapshotUser): void {
    this.users.push(user);
  }

  /** Puts a snapshot in force. Rejects, with everything left as it was, when somebody cannot work with it. */
  swap(snapshot: Snapshot): Promise<void> {
    const swapped = this.turn.then(async () => {
      const commits: (() => void)[] = [];
      for (const user of this.users) commits.push(await user.prepare(snapshot));
      for (const commit of commits) commit();
      this.current = snapshot;
    });
    this.turn = swapped.catch(() => undefined);
    return swapped;
  }
}
