import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { Datastore } from '../config/datastore.js';
import type { Snapshot } from '../config/snapshot.js';
import type { Consumer } from '../entities/consumer.js';
import { coreRegistry } from '../entities/core-entities.js';
import type { EntityDefinition } from '../entities/entity.js';
import { ConfigurationWriter } from './configuration-writer.js';
import { EntityEdits } from './entity-edits.js';
import type { ChangeSet, EntityStore, StoredChange } from './entity-store.js';
import { StoredConfiguration } from './stored-configuration.js';

/** A store in memory, which others can write to and which can be taken away. */
class MemoryStore implements EntityStore {
  readonly description = 'memory';
  readonly commits: (readonly StoredChange[])[] = [];
  away = false;
  /** Called before a commit is looked at, when somebody else may be faster. */
  meanwhile: () => void = () => {};

  async open(): Promise<void> {}

  async load(): Promise<ChangeSet> {
    return this.since(0);
  }

  async changesAfter(revision: number): Promise<ChangeSet> {
    return this.since(revision);
  }

  async commit(revision: number, changes: readonly StoredChange[]): Promise<number | undefined> {
    this.meanwhile();
    this.meanwhile = () => {};
    if (this.away) throw new Error('the store is away');
    return revision === this.commits.length ? this.commits.push(changes) : undefined;
  }

  onForeignChange(): void {}

  async close(): Promise<void> {}

  private since(revision: number): ChangeSet {
    if (this.away) throw new Error('the store is away');
    return { revision: this.commits.length, changes: this.commits.slice(revision).flat() };
  }
}

Logger.overrideLogger(false);

const registry = coreRegistry();
const consumers = registry.entity('consumers') as EntityDefinition;
const edits = new EntityEdits(registry, () => new Set());

let store: MemoryStore;
let config: ConfigStore;
let writer: ConfigurationWriter;
let datastore: Datastore;
beforeEach(async () => {
  store = new MemoryStore();
  config = new ConfigStore();
  datastore = new Datastore('embedded');
  writer = new ConfigurationWriter(config, store, new StoredConfiguration(registry, () => new Set()), datastore);
  await writer.start();
});

const add = (username: string) => writer.write((draft) => edits.insert(draft, consumers, { username }));
const names = (snapshot: Snapshot = config.snapshot()) =>
  [...snapshot.all<Consumer>('consumers').values()].map(({ username }) => username);
const somebodyElseAdds = (username: string) => () => {
  const id = `5f1d7e9e-1111-4222-8333-${username.padStart(12, '0')}`;
  store.commits.push([{ kind: 'consumers', id, body: { id, username, created_at: 1, updated_at: 1 } }]);
};

describe('a write', () => {
  it('is kept and in force when it is acknowledged', async () => {
    await add('alice');

    expect(names()).toEqual(['alice']);
    expect(store.commits).toEqual([[expect.objectContaining({ kind: 'consumers', id: expect.any(String) })]]);
  });

  it('that is refused is neither', async () => {
    await add('alice');

    expect(await add('alice')).toMatchObject({ error: { code: 5 } });
    expect(store.commits).toHaveLength(1);
  });

  it('is made together with those that come while another is being made', async () => {
    const outcomes = await Promise.all(['a', 'b', 'c', 'd', 'b'].map(add));

    expect(outcomes.map((outcome) => 'error' in outcome)).toEqual([false, false, false, false, true]);
    expect(store.commits.length).toBeLessThan(4);
    expect(new Set(names())).toEqual(new Set(['a', 'b', 'c', 'd']));
  });

  it('that nobody can work with does not take the others with it', async () => {
    config.register({
      prepare: (snapshot) => {
        if (names(snapshot).includes('bad')) throw new Error('cannot work with bad');
        return () => {};
      },
    });

    const outcomes = await Promise.all(['a', 'b', 'bad', 'c'].map(add));

    expect(outcomes.map((outcome) => ('error' in outcome ? outcome.error.message : 'made'))).toEqual([
      'made',
      'made',
      'schema violation (cannot work with bad)',
      'made',
    ]);
    expect(new Set(names())).toEqual(new Set(['a', 'b', 'c']));
  });

  it('that breaks does not take the others with it', async () => {
    const broken = writer.write(() => {
      throw new RangeError('too deep');
    });
    const others = ['a', 'b'].map(add);

    await expect(broken).rejects.toThrow('too deep');
    expect(await Promise.all(others)).toEqual([{ value: expect.anything() }, { value: expect.anything() }]);
  });

  it('begins again on what others wrote meanwhile', async () => {
    store.meanwhile = somebodyElseAdds('1');

    expect(await add('mine')).toHaveProperty('value');
    expect(names()).toEqual(['1', 'mine']);
    expect(store.commits).toHaveLength(2);
  });

  it('is judged by what others wrote meanwhile', async () => {
    store.meanwhile = somebodyElseAdds('1');

    expect(await add('1')).toMatchObject({ error: { code: 5 } });
    expect(names()).toEqual(['1']);
  });

  it('fails, and changes nothing, while the store is away', async () => {
    await add('alice');
    store.away = true;

    await expect(add('bob')).rejects.toThrow('the store is away');
    expect(names()).toEqual(['alice']);

    store.away = false;
    await add('carol');
    expect(names()).toEqual(['alice', 'carol']);
  });

  it('lets go of what was built for it when the store does not take it', async () => {
    let [built, abandoned] = [0, 0];
    config.register({
      prepare: () => {
        built += 1;
        return { commit: () => {}, abandon: () => void (abandoned += 1) };
      },
    });
    store.away = true;

    await expect(add('alice')).rejects.toThrow();

    expect([built, abandoned]).toEqual([1, 1]);
  });

  it('is told to other processes before it is acknowledged', async () => {
    const told: string[][] = [];
    writer.onCommit(async () => void told.push(names() as string[]));

    await add('alice');

    expect(told).toEqual([['alice']]);
  });
});

describe('catching up', () => {
  it('brings what others wrote into force', async () => {
    somebodyElseAdds('1')();

    await writer.catchUp();

    expect(names()).toEqual(['1']);
  });

  it('goes on with what there is while the store is away, and says when it is back', async () => {
    await add('alice');
    store.away = true;

    await writer.catchUp();
    expect([datastore.reachable, names()]).toEqual([false, ['alice']]);

    store.away = false;
    await writer.catchUp();
    expect(datastore.reachable).toBe(true);
  });

  it('takes nothing of what it cannot use', async () => {
    await add('alice');
    somebodyElseAdds('1')();
    store.commits.push([{ kind: 'from-the-future', id: 'x', body: {} }]);

    await writer.catchUp();

    expect(names()).toEqual(['alice']);
  });
});
