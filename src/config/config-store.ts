import { setImmediate } from 'node:timers/promises';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';

/**
 * What somebody built from a snapshot. `commit` puts it in place and cannot fail; a function alone is that. `abandon` lets
 * go of it, when the snapshot is not to be used after all.
 */
export type Readied = (() => void) | { readonly commit: () => void; readonly abandon: () => void };

/**
 * Somebody who builds something from each snapshot: the router's table, the plugin chains. `prepare` builds it without
 * touching what runs and may throw to refuse the configuration.
 */
export interface SnapshotUser {
  prepare(snapshot: Snapshot): Promise<Readied> | Readied;
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

  /**
   * Puts a snapshot in force. Rejects, with everything left as it was, when somebody cannot work with it. `keep` is called
   * in between: everybody can work with it, nothing has changed yet. When it rejects nothing changes either, so a
   * configuration is written down exactly when it comes into force.
   */
  swap(snapshot: Snapshot, keep?: () => Promise<void>): Promise<void> {
    const swapped = this.turn.then(() => this.replace(snapshot, keep));
    this.turn = swapped.catch(() => undefined);
    return swapped;
  }

  private async replace(snapshot: Snapshot, keep: (() => Promise<void>) | undefined): Promise<void> {
    const readied: Readied[] = [];
    try {
      for (const user of this.users) {
        // Requests that came meanwhile go first: building for ten thousand Routes takes its time.
        await setImmediate();
        readied.push(await user.prepare(snapshot));
      }
      await keep?.();
    } catch (error) {
      for (const step of readied) if (typeof step !== 'function') step.abandon();
      throw error;
    }
    for (const step of readied) {
      if (typeof step === 'function') step();
      else step.commit();
    }
    this.current = snapshot;
  }
}
