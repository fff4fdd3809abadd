import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigStore } from '../../config/config-store.js';
import { Settings } from '../../config/settings.js';
import { EMPTY_SNAPSHOT } from '../../config/snapshot.js';
import { recordSchema } from '../../entities/record-schema.js';
import { LostLines } from '../../observability/lost-lines.js';
import type { LogRecord } from '../../pdk/log-record.js';
import type { ProxiedRequest } from '../../pdk/proxied-request.js';
import { FileLogConfig } from './file-log.config.js';
import { FileLogPlugin } from './file-log.plugin.js';

let folder: string;
let path: string;
let store: ConfigStore;
let plugin: FileLogPlugin;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-log-'));
  path = join(folder, 'log.json');
  store = new ConfigStore();
  plugin = new FileLogPlugin(new LostLines(), store, new Settings());
  plugin.onApplicationBootstrap();
});
afterEach(async () => {
  await plugin.onApplicationShutdown();
  rmSync(folder, { recursive: true });
});

function configured(config: Record<string, unknown> = {}) {
  const prepared = plugin.configure(recordSchema(FileLogConfig).check({ path, ...config }).value);
  const line = (id: number) => {
    plugin.log({ id } as unknown as LogRecord, prepared, { method: 'GET' } as unknown as ProxiedRequest);
  };
  return { prepared, line, written: () => prepared.writer.flushed() };
}

const linesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('file-log', () => {
  it('writes a line of JSON per request', async () => {
    const { line, written } = configured();
    line(1);
    line(2);
    await written();

    expect(linesIn(path)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('adds custom fields', async () => {
    const { line, written } = configured({ custom_fields_by_lua: { 'a.b': 'return 7', id: 'return nil' } });
    line(1);
    await written();

    expect(linesIn(path)).toEqual([{ a: { b: 7 } }]);
  });

  it('keeps the lines of all its configurations for a path in order', async () => {
    const one = configured();
    const other = configured();
    for (let id = 0; id < 10; id++) (id % 2 === 0 ? one : other).line(id);
    await one.written();

    expect(linesIn(path)).toEqual(Array.from({ length: 10 }, (_, id) => ({ id })));
  });

  it('writes on for one configuration when another for the same path is gone', async () => {
    const one = configured();
    const other = configured();
    await plugin.release(one.prepared);
    other.line(1);
    await plugin.release(other.prepared);

    expect(linesIn(path)).toEqual([{ id: 1 }]);
  });

  it('writes everything before the process ends', async () => {
    const { line } = configured();
    for (let id = 0; id < 1000; id++) line(id);
    await plugin.onApplicationShutdown();

    expect(linesIn(path)).toHaveLength(1000);
  });

  it('refuses Lua where it is switched off', () => {
    const settings = Object.assign(new Settings(), { untrustedLua: 'off' });
    const strict = new FileLogPlugin(new LostLines(), store, settings);
    const config = Object.assign(new FileLogConfig(), { path, custom_fields_by_lua: { a: 'return 1' } });

    expect(() => strict.configure(config)).toThrow("the setting untrusted_lua is 'off'");
  });
});

describe('A log file that was moved away', () => {
  /** One line before the file is moved, one after `then`. */
  async function moved(config: Record<string, unknown>, then: () => void | Promise<void>) {
    const { line, written } = configured(config);
    line(1);
    await written();
    renameSync(path, `${path}.1`);
    await then();
    line(2);
    await written();
  }

  it('is written to until somebody says otherwise', async () => {
    await moved({}, () => {});

    expect(linesIn(`${path}.1`)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it.each<[string, Record<string, unknown>, () => void | Promise<void>]>([
    ['the plugin opens it for every request', { reopen: true }, () => {}],
    ['the configuration is loaded anew', {}, () => store.swap(EMPTY_SNAPSHOT)],
    ['the process is told with SIGUSR1', {}, () => void process.emit('SIGUSR1')],
  ])('is left alone once %s', async (_how, config, then) => {
    await moved(config, then);

    expect(linesIn(`${path}.1`)).toEqual([{ id: 1 }]);
    expect(linesIn(path)).toEqual([{ id: 2 }]);
  });
});

describe('The configuration of file-log', () => {
  const check = (config: Record<string, unknown>) => recordSchema(FileLogConfig).check(config).error;

  it.each(['/var/log/a.log', 'ab', '/var/log/with blank.log', '/dev/stdout', 'C:/a'])('takes the path %j', (given) => {
    expect(check({ path: given })).toBeUndefined();
  });

  it.each([
    'a',
    ' /var/log/a',
    '/var/log/a ',
    '/var/log/*.log',
    '/var/log/a&b',
    '/var/log/%d',
    'C:\\a',
    '/var/log/`a`',
  ])('refuses the path %j', (given) => {
    expect(check({ path: given })).toEqual({ path: 'not a valid filename' });
  });

  it('needs a path', () => {
    expect(check({})).toEqual({ path: 'required field missing' });
  });

  it('refuses custom fields that are not Lua', () => {
    const error = check({ path, custom_fields_by_lua: { good: 'return 1', bad: 'return (' } });

    expect(error).toEqual({ custom_fields_by_lua: { bad: expect.stringMatching(/^Error parsing function: /) } });
  });
});
