import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ChangeSet, EntityStore, StoredChange } from './entity-store.js';
import type { ThreadAnswer, ThreadCall } from './sqlite-thread.js';

/** How often the file is looked at for changes that another gateway made. */
const LOOK_EVERY_MS = 1000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The default store: a folder with a SQLite file, nothing to install. */
export class EmbeddedStore implements EntityStore {
  readonly description: string;
  private readonly folder: string;
  private thread: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastCall = 0;
  private polling: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.folder = resolve(folder);
    this.description = `the embedded store in ${this.folder}`;
  }

  async open(): Promise<void> {
    const thread = new Worker(new URL('./sqlite-thread.js', import.meta.url), { workerData: { folder: this.folder } });
    thread.on('message', (answer: ThreadAnswer) => this.answered(answer));
    thread.on('error', (error) => this.failAll(error));
    thread.on('exit', () => this.failAll(new Error('its thread has ended')));
    this.thread = thread;
    await this.call('open');
  }

  load(): Promise<ChangeSet> {
    return this.call('load') as Promise<ChangeSet>;
  }

  changesAfter(revision: number): Promise<ChangeSet | undefined> {
    return this.call('changesAfter', revision) as Promise<ChangeSet | undefined>;
  }

  commit(revision: number, changes: readonly StoredChange[]): Promise<number | undefined> {
    return this.call('commit', revision, changes) as Promise<number | undefined>;
  }

  /** Worker processes of one gateway tell each other; another gateway in the same folder is noticed by asking. */
  onForeignChange(listener: () => void): void {
    this.polling = setInterval(listener, LOOK_EVERY_MS);
    this.polling.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.polling);
    if (!this.thread) return;
    await this.call('close').catch(() => undefined);
    await this.thread.terminate();
    this.thread = undefined;
  }

  private call(method: ThreadCall['method'], ...parameters: unknown[]): Promise<unknown> {
    const { thread } = this;
    if (!thread) return Promise.reject(new Error(`${this.description} is not open`));
    const call = ++this.lastCall;
    thread.ref();
    return new Promise((done, failed) => {
      this.waiting.set(call, { resolve: done, reject: failed });
      thread.postMessage({ call, method, parameters } satisfies ThreadCall);
    });
  }

  private answered(answer: ThreadAnswer): void {
    const waiting = this.waiting.get(answer.call);
    this.waiting.delete(answer.call);
    // The process ends when nothing is left to do, and a thread that waits for work is nothing.
    if (this.waiting.size === 0) this.thread?.unref();
    if ('problem' in answer) waiting?.reject(new Error(`${this.description}: ${answer.problem}`));
    else waiting?.resolve(answer.result);
  }

  private failAll(cause: Error): void {
    for (const { reject } of this.waiting.values()) reject(new Error(`${this.description}: ${cause.message}`));
    this.waiting.clear();
  }
}
