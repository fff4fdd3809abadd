import { describe, expect, it } from '@jest/globals';
import { ConfigStore } from './config-store.js';
import { EMPTY_SNAPSHOT, Snapshot } from './snapshot.js';

const snapshot = (hash: string) => new Snapshot(new Map(), hash);

describe('the configuration in force', () => {
  it('is empty at first', () => {
    expect(new ConfigStore().snapshot()).toBe(EMPTY_SNAPSHOT);
  });

  it('is put in place only after everybody has prepared for it', async () => {
    const store = new ConfigStore();
    const steps: string[] = [];
    for (const user of ['router', 'plugins']) {
      store.register({
        async prepare({ hash }) {
          steps.push(`${user} prepares ${hash}`);
          return () => steps.push(`${user} commits`);
        },
      });
    }
    await store.swap(snapshot('a'));

    expect(steps).toEqual(['router prepares a', 'plugins prepares a', 'router commits', 'plugins commits']);
    expect(store.snapshot().hash).toBe('a');
  });

  it('stays, for everybody, when one cannot work with the next', async () => {
    const store = new ConfigStore();
    let committed = '';
    store.register({
      prepare:
        ({ hash }) =>
        () => {
          committed = hash;
        },
    });
    store.register({
      prepare({ hash }) {
        if (hash === 'bad') throw new Error('no');
        return () => {};
      },
    });
    await store.swap(snapshot('good'));

    await expect(store.swap(snapshot('bad'))).rejects.toThrow('no');
    expect(committed).toBe('good');
    expect(store.snapshot().hash).toBe('good');
  });

  it('is the last of several that were put in at once, one after the other', async () => {
    const store = new ConfigStore();
    const order: string[] = [];
    let running = 0;
    store.register({
      async prepare({ hash }) {
        expect(++running).toBe(1);
        await new Promise(setImmediate);
        return () => {
          running -= 1;
          order.push(hash);
        };
      },
    });
    await Promise.all(['a', 'b', 'c'].map((hash) => store.swap(snapshot(hash))));

    expect(order).toEqual(['a', 'b', 'c']);
    expect(store.snapshot().hash).toBe('c');
  });
});
