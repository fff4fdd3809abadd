import { EventEmitter, once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { coreRegistry } from '../entities/core-entities.js';
import { ConfigStore, type SnapshotUser } from './config-store.js';
import { ConfigurationLoader } from './configuration-loader.js';
import { settingsFrom } from './settings.js';

const service = (name: string) => `_format_version: "3.0"\nservices: [{name: ${name}, host: a}]\n`;

let folder: string;
let file: string;
let store: ConfigStore;
let loader: ConfigurationLoader;
/** Emits `swapped` when a snapshot has come into force. */
let swaps: EventEmitter;

function load(environment: Record<string, string> = { KONG_DECLARATIVE_CONFIG: file }): ConfigurationLoader {
  loader = new ConfigurationLoader(settingsFrom(environment), coreRegistry(), store);
  return loader;
}

const names = () => [...store.snapshot().all<{ name: string } & never>('services').values()].map(({ name }) => name);

beforeEach(() => {
  Logger.overrideLogger(false);
  folder = mkdtempSync(join(tmpdir(), 'loader-'));
  file = join(folder, 'kong.yml');
  writeFileSync(file, service('first'));
  store = new ConfigStore();
  swaps = new EventEmitter();
  store.register({ prepare: () => () => queueMicrotask(() => swaps.emit('swapped')) });
});

afterEach(() => {
  loader.onModuleDestroy();
  rmSync(folder, { recursive: true });
});

describe('the configuration in force', () => {
  it('is that of the file at start', async () => {
    await load().start();

    expect(names()).toEqual(['first']);
  });

  it('is that of the text in the settings where no file is named', async () => {
    await load({ KONG_DECLARATIVE_CONFIG_STRING: service('text') }).start();

    expect(names()).toEqual(['text']);
  });

  it('is empty where the settings name neither', async () => {
    await load({}).start();

    expect(store.snapshot().isEmpty).toBe(true);
  });

  it('is that of all files of a folder, in the order of their names', async () => {
    writeFileSync(join(folder, 'a.json'), '{"_format_version":"3.0","services":[{"name":"json","host":"a"}]}');
    writeFileSync(join(folder, 'notes.txt'), 'no configuration');
    await load({ KONG_DECLARATIVE_CONFIG: folder }).start();

    expect(names()).toEqual(['json', 'first']);
  });

  it('stops the start where the file is wrong or away', async () => {
    writeFileSync(file, '_format_version: "3.0"\nservices: [{name: a}]');
    await expect(load().start()).rejects.toThrow(
      `${file}:2:12  services[0].host\n    required field missing\n    add host: write text`,
    );

    rmSync(file);
    await expect(load().start()).rejects.toThrow(/ENOENT.*kong\.yml/);
  });

  it('is read again on SIGHUP', async () => {
    await load().start();
    writeFileSync(file, service('second'));
    const swapped = once(swaps, 'swapped');
    process.emit('SIGHUP');
    await swapped;

    expect(names()).toEqual(['second']);
  });

  it('follows a watched file that is replaced', async () => {
    await load({ KONG_DECLARATIVE_CONFIG: file, SLUICE_WATCH_CONFIG: 'on' }).start();
    const swapped = once(swaps, 'swapped');
    writeFileSync(`${file}.new`, service('replaced'));
    renameSync(`${file}.new`, file);
    await swapped;

    expect(names()).toEqual(['replaced']);
  });

  it('stays when the file has become wrong', async () => {
    await load().start();
    writeFileSync(file, 'services: [');
    await loader.reload('test');

    expect(names()).toEqual(['first']);
  });

  it('is replaced by a text that is posted, if it is right', async () => {
    await load().start();
    const wrong = await loader.loadText('{}');
    expect(wrong).toMatchObject({ kongError: { code: 14 }, problems: [{ path: '_format_version' }] });
    expect(names()).toEqual(['first']);

    const right = await loader.loadText(service('posted'), { format: 'yaml' });
    expect(right).toMatchObject({ snapshot: store.snapshot() });
    expect(names()).toEqual(['posted']);
  });

  it('stays when somebody cannot work with a new one', async () => {
    const picky: SnapshotUser = {
      prepare() {
        throw new Error('no such algorithm');
      },
    };
    await load().start();
    store.register(picky);

    expect(await loader.loadText(service('posted'))).toMatchObject({
      problems: [{ message: 'no such algorithm' }],
      kongError: { fields: { error: 'no such algorithm' } },
    });
    expect(names()).toEqual(['first']);
  });

  it('is known to be loading while it is', async () => {
    await load().start();
    expect(loader.isLoading).toBe(false);
    const loading = loader.loadText(service('posted'));
    expect(loader.isLoading).toBe(true);
    await loading;
    expect(loader.isLoading).toBe(false);
  });
});
