import { hash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { ConfigStore } from '../config/config-store.js';
import type { Datastore } from '../config/datastore.js';
import { entityAnswer } from '../entities/entity-answer.js';
import { Draft } from './draft.js';
import { type Outcome, schemaViolation } from './entity-error.js';
import type { EntityStore } from './entity-store.js';
import { EntityWriter, type Plan } from './entity-writer.js';
import type { StoredConfiguration } from './stored-configuration.js';

interface Pending {
  /** Runs the plan on a draft; answers whether it made changes. */
  run(draft: Draft): boolean;
  /** Its changes are in force. */
  done(): void;
  /** Nobody can work with its changes. */
  refuse(problem: string): void;
  fail(error: Error): void;
}

/** The store was written to by somebody else since this process last looked. */
class Outdated extends Error {}

const logger = new Logger('store');

/** Somebody else may win the race for a commit again and again; at some point that is a fault and not bad luck. */
const MOST_RACES = 50;

/**
 * Changes the configuration of a gateway with a store. What it acknowledges is in the store and in force. Changes that come
 * while others are being made wait and are then made together, because each new snapshot costs the building of routes and
 * chains; each of them stands or falls alone all the same.
 */
export class ConfigurationWriter extends EntityWriter {
  private readonly waiting: Pending[] = [];
  private turn: Promise<void> = Promise.resolve();
  private revision = 0;
  private started = false;
  private tell: () => Promise<void> = async () => {};

  constructor(
    private readonly config: ConfigStore,
    private readonly store: EntityStore,
    private readonly stored: StoredConfiguration,
    private readonly datastore: Datastore,
  ) {
    super();
  }

  async start(): Promise<void> {
    // In turn, so that what others tell of meanwhile is caught up with afterwards.
    let failure: Error | undefined;
    await this.inTurn(() => this.load().catch((error: Error) => void (failure = error)));
    if (failure) throw failure;
    this.store.onForeignChange(() => void this.catchUp());
  }

  onCommit(tell: () => Promise<void>): void {
    this.tell = tell;
  }

  write<T>(plan: Plan<T>): Promise<Outcome<T>> {
    return new Promise((resolve, reject) => {
      let outcome: Outcome<T>;
      this.waiting.push({
        run: (draft) => {
          const attempt = new Draft(draft.snapshot);
          try {
            outcome = plan(attempt);
          } catch (error) {
            // Its own fault, whatever it is: the others it is made together with are as good as before.
            reject(error as Error);
            return false;
          }
          if ('error' in outcome || attempt.changes.length === 0) return false;
          draft.adopt(attempt);
          return true;
        },
        done: () => resolve(outcome),
        refuse: (problem) => resolve({ error: schemaViolation({ '@entity': [problem] }) }),
        fail: reject,
      });
      if (this.waiting.length === 1) void this.inTurn(() => this.makeWaiting());
    });
  }

  /** What cannot be used changes nothing and is told in the log. */
  catchUp(): Promise<void> {
    return this.inTurn(async () => {
      if (!this.started) return;
      try {
        await this.catchUpNow();
        if (!this.datastore.reachable) logger.log(`${this.store.description} can be used again`);
        this.datastore.reachable = true;
      } catch (error) {
        // Told once: what others wrote and this version cannot use stays as it is as well.
        if (!this.datastore.reachable) return;
        this.datastore.reachable = false;
        logger.error(`going on with the configuration in force: ${(error as Error).message}`);
      }
    });
  }

  close(): Promise<void> {
    return this.inTurn(() => this.store.close());
  }

  private async load(): Promise<void> {
    await this.store.open();
    const loaded = await this.store.load();
    await this.config.swap(this.stored.snapshotOf(loaded, this.hashOf(loaded.revision)));
    this.revision = loaded.revision;
    this.started = true;
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work);
    return this.turn;
  }

  private async makeWaiting(): Promise<void> {
    const batch = this.waiting.splice(0);
    try {
      await this.make(batch);
    } catch (error) {
      for (const pending of batch) pending.fail(error as Error);
    }
  }

  private async make(batch: readonly Pending[]): Promise<void> {
    for (let races = 0; races < MOST_RACES; races++) {
      const draft = new Draft(this.config.snapshot());
      const changing = batch.filter((pending) => pending.run(draft));
      const problem = changing.length > 0 ? await this.commit(draft) : undefined;
      if (problem instanceof Outdated) {
        await this.catchUpNow();
        continue;
      }
      if (problem !== undefined && changing.length > 1) {
        // One of them is to blame, and the others must not suffer for it.
        for (const pending of batch) await this.make([pending]);
        return;
      }
      if (problem === undefined && changing.length > 0) await this.tell();
      for (const pending of batch) {
        if (problem !== undefined && changing.includes(pending)) pending.refuse(problem.message);
        else pending.done();
      }
      return;
    }
    throw new Error(`${this.store.description} is written to by others without a pause`);
  }

  /** Keeps a draft and puts it in force; answers with why that cannot be. Rejects when the store cannot be reached. */
  private async commit(draft: Draft): Promise<Error | undefined> {
    const changes = draft.changes.map(({ kind, id, entity }) => ({ kind, id, body: entity && entityAnswer(entity) }));
    let kept: number | undefined;
    let failure: Error | undefined;
    const snapshot = draft.snapshot.with([], this.hashOf(this.revision + 1));
    try {
      await this.config.swap(snapshot, async () => {
        try {
          kept = await this.store.commit(this.revision, changes);
        } catch (error) {
          failure = error as Error;
        }
        if (failure) throw failure;
        if (kept === undefined) throw new Outdated();
      });
    } catch (error) {
      if (failure) throw failure;
      return error as Error;
    }
    this.revision = kept as number;
    return undefined;
  }

  private async catchUpNow(): Promise<void> {
    const changed = await this.store.changesAfter(this.revision);
    if (changed?.revision === this.revision) return;
    const newer = changed ?? (await this.store.load());
    const hash = this.hashOf(newer.revision);
    const snapshot = changed
      ? this.stored.snapshotAfter(this.config.snapshot(), changed, hash)
      : this.stored.snapshotOf(newer, hash);
    await this.config.swap(snapshot);
    this.revision = newer.revision;
  }

  private hashOf(revision: number): string {
    return hash('md5', `${this.store.description} ${revision}`);
  }
}
