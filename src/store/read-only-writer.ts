import type { ConfigStore } from '../config/config-store.js';
import type { ConfigurationLoader } from '../config/configuration-loader.js';
import { Draft } from './draft.js';
import { type Outcome, operationUnsupported } from './entity-error.js';
import { EntityWriter, type Operation, type Plan } from './entity-writer.js';

/**
 * Where declarative files are the configuration: single entities cannot be changed. What is wrong with an edit is said all
 * the same, before that, and one that would change nothing succeeds (Kong's DB-less mode).
 */
export class ReadOnlyWriter extends EntityWriter {
  constructor(
    private readonly config: ConfigStore,
    private readonly loader: ConfigurationLoader,
  ) {
    super();
  }

  start(): Promise<void> {
    return this.loader.start();
  }

  async write<T>(plan: Plan<T>, { verb, kind, by }: Operation): Promise<Outcome<T>> {
    const draft = new Draft(this.config.snapshot());
    const outcome = plan(draft);
    // What speaks against a removal is no question of the request's form, and so comes after it.
    if ('error' in outcome && verb !== 'remove') return outcome;
    if (!('error' in outcome) && draft.changes.length === 0) return outcome;
    const addressed = by === undefined ? '' : ` by '${by}'`;
    return { error: operationUnsupported(`cannot ${verb} '${kind}' entities${addressed} when not using a database`) };
  }

  async catchUp(): Promise<void> {}

  onCommit(): void {}

  async close(): Promise<void> {}
}
