import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { sluice } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startGateway } from '../support/start-gateway.js';

let folder: string;
let good: string;
let bad: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  good = file(
    'good.yaml',
    `_format_version: "3.0"
services:
- name: models
  url: http://models.test
  routes:
  - name: codex
    paths: [/codex]
    plugins:
    - name: file-log
      config: {path: /tmp/x}
consumers:
- username: alice
  keyauth_credentials:
  - key: first-secret
`,
  );
  bad = file(
    'bad.yaml',
    `_format_version: "3.0"
services:
- name: models
  hots: models.test
  plugins:
  - name: no-such-plugin
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('sluice check', () => {
  it('says that a file has no mistakes', async () => {
    expect(await sluice(['check', good])).toEqual({ code: 0, stdout: `${good}: no mistakes\n`, stderr: '' });
  });

  it('tells all mistakes at once, with line, column and a way out', async () => {
    const { code, stdout } = await sluice(['check', bad]);

    expect(code).toBe(1);
    expect(stdout).toContain('3 mistakes');
    expect(stdout).toContain(`${bad}:4:3  services[0].hots\n    unknown field\n    did you mean 'host'?`);
    expect(stdout).toMatch(
      /bad\.yaml:6:5 {2}services\[0\]\.plugins\[0\]\.name\n {4}plugin 'no-such-plugin' not enabled/,
    );
  });

  it('does not take a file for what it is not', async () => {
    const latin = join(folder, 'latin.yaml');
    writeFileSync(latin, Buffer.from('_format_version: "3.0"\nconsumers: [{username: J\xf6rg}]\n', 'latin1'));

    const { code, stdout } = await sluice(['check', latin]);

    expect(code).toBe(1);
    expect(stdout).toContain('it is not UTF-8');
    expect(stdout).toContain('save it as UTF-8');
  });

  it('tells them to programs', async () => {
    const { code, stdout } = await sluice(['check', '--json', bad]);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([
        expect.objectContaining({ file: bad, line: 4, column: 3, message: 'unknown field' }),
      ]),
    });
  });

  it.each([
    [['check'], 'check needs the name of a file'],
    [['check', '/nowhere/at-all.yaml'], 'no such file or directory'],
    [['check', '--loudly'], "Unknown option '--loudly'"],
    [['frobnicate'], "there is no command 'frobnicate'"],
  ])('%j exits with 2 and says why', async (args, reason) => {
    const { code, stderr } = await sluice(args);

    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });
});

it.each([['migrations'], ['migrations', 'upp']])(
  'sluice %s %s does nothing and says what there is',
  async (...args) => {
    const { code, stderr } = await sluice(args, { KONG_DATABASE: 'embedded', HOME: folder });

    expect(code).toBe(2);
    expect(stderr).toContain('migrations needs one of up, list, reset');
  },
);

it("sluice config parse answers as Kong's command does", async () => {
  expect(await sluice(['config', 'parse', good])).toMatchObject({ code: 0, stdout: 'parse successful\n' });
  expect(await sluice(['config', 'parse', bad])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('unknown field'),
  });
});

describe('sluice diff', () => {
  it('sees through another way of writing the same', async () => {
    const same = file(
      'same.json',
      JSON.stringify({
        consumers: [{ username: 'alice' }],
        keyauth_credentials: [{ consumer: 'alice', key: 'first-secret' }],
        plugins: [{ name: 'file-log', route: 'codex', config: { path: '/tmp/x', reopen: false } }],
        routes: [{ name: 'codex', service: 'models', paths: ['/codex'] }],
        services: [{ name: 'models', host: 'models.test', port: 80, protocol: 'http', retries: 5 }],
        _format_version: '3.0',
      }),
    );

    expect(await sluice(['diff', good, same])).toEqual({ code: 0, stdout: 'nothing would change\n', stderr: '' });
  });

  it('tells changes in words, and no secret', async () => {
    const recent = file(
      'recent.yaml',
      `_format_version: "3.0"
services:
- name: models
  url: http://models.test:8080
  routes:
  - name: other
    paths: [/other]
consumers:
- username: alice
  keyauth_credentials:
  - key: second-secret
`,
    );

    const { code, stdout } = await sluice(['diff', good, recent]);

    expect(code).toBe(1);
    expect(stdout).toBe(`~ service 'models' changes
    port: 80 → 8080
- route 'codex' is removed
+ route 'other' is added
- plugin 'file-log' of route 'codex' is removed
~ keyauth_credential of consumer 'alice' changes
    key: another value (secret)
5 would change
`);
  });

  it('exits with 2 where a file has mistakes', async () => {
    expect(await sluice(['diff', good, bad])).toMatchObject({ code: 2, stderr: expect.stringContaining('3 mistakes') });
  });
});

it('sluice health tells a gateway that is ready from one that is not, and from none', async () => {
  const gateway = await startGateway({ _format_version: '3.0', consumers: [{ username: 'a' }] });
  const listen = new URL(gateway.status).host;

  expect(await sluice(['health', gateway.status])).toMatchObject({ code: 0 });
  expect(await sluice(['health'], { KONG_STATUS_LISTEN: listen })).toMatchObject({ code: 0 });
  await gateway.stop();

  expect(await sluice(['health', gateway.status])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ECONNREFUSED'),
  });
});

it('sluice version names itself and the Kong whose ways it has', async () => {
  expect(await sluice(['version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^sluice \d+\.\d+\.\d+ \(Node .*, Admin API of Kong 3\.\d+\.\d+\)\n$/),
  });
});

describe('help', () => {
  it('lists every command', async () => {
    const { code, stdout } = await sluice(['help']);

    expect(code).toBe(0);
    for (const command of ['start', 'check', 'config parse', 'diff', 'migrations', 'health', 'version']) {
      expect(stdout).toContain(`sluice ${command}`);
    }
  });

  it.each(['start', 'check', 'config parse', 'diff', 'migrations', 'health'])(
    'explains %s by example',
    async (command) => {
      const { code, stdout } = await sluice([...command.split(' '), '--help']);

      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^sluice ${command}`));
      expect(stdout).toMatch(/Examples?:/);
    },
  );
});

describe('sluice start', () => {
  it.each([
    [
      'the files it is given, whatever the environment names',
      ['start', 'FILE'],
      { KONG_DECLARATIVE_CONFIG: '/nowhere' },
    ],
    ['the fallback, where the environment names nothing', ['start', '--fallback', 'FILE'], {}],
  ])('serves %s', async (_name, args, env) => {
    const [proxy, status] = [await freePort(), await freePort()];
    const gateway = spawn(
      process.execPath,
      [resolve('dist/main.js'), ...args.map((arg) => (arg === 'FILE' ? good : arg))],
      {
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          KONG_PROXY_LISTEN: `127.0.0.1:${proxy}`,
          KONG_STATUS_LISTEN: `127.0.0.1:${status}`,
          KONG_ADMIN_LISTEN: 'off',
          ...env,
        },
      },
    );
    const gone = once(gateway, 'exit');

    const ready = async () =>
      (await call(`http://127.0.0.1:${status}/status/ready`, { method: 'GET' }).catch(() => undefined))?.status === 200
        ? true
        : undefined;
    await eventually('the gateway to be ready', ready, 30_000);
    const codex = await call(`http://127.0.0.1:${proxy}/codex`, { method: 'GET' });

    // The Route is there; its Service is not.
    expect(codex.status).not.toBe(404);
    gateway.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });
});
