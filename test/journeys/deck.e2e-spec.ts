import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { call } from '../support/call.js';
import { type CommandResult, sluice } from '../support/command-line.js';
import { PostgresServer, postgresFolder } from '../support/postgres-server.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

jest.setTimeout(120_000);

/** The real decK: DECK_BIN, or `deck` on the PATH. */
function deckProgram(): string | undefined {
  const named = process.env['DECK_BIN'];
  if (named) return named;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'deck'))
    .find((file) => existsSync(file));
}

const deck = deckProgram();
const withDeck = deck === undefined ? describe.skip : describe;
if (deck === undefined) console.warn('skipped: no decK here (set DECK_BIN, or put deck on the PATH)');

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/deck/${name}`, import.meta.url));
const EVERYTHING = fixture('everything.yaml');
const TEAM = fixture('team.yaml');
const NOTHING_TO_DO = /Created: 0\n\s+Updated: 0\n\s+Deleted: 0/;

const stores = [
  ['the embedded store', { KONG_DATABASE: 'embedded' }],
  ...(postgresFolder() === undefined ? [] : [['PostgreSQL', undefined] as const]),
] as const;

withDeck.each(stores)('decK and a gateway with %s', (_name, environment) => {
  let database: PostgresServer | undefined;
  let gateway: Gateway;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-deck-'));
    if (!environment) {
      database = await PostgresServer.start();
      await sluice(['migrations', 'up'], database.environment);
    }
    const env = environment ?? (database as PostgresServer).environment;
    gateway = await startGateway({}, { env, readyPath: '/status' });
  });
  afterAll(async () => {
    await gateway.stop();
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) => runWith('', ...args);
  const apply = (text: string) => runWith(text, 'apply', '-');

  async function runWith(input: string, ...args: string[]): Promise<CommandResult> {
    const child = spawn(deck as string, ['gateway', ...args, '--kong-addr', gateway.admin, '--analytics=false'], {
      env: { PATH: process.env['PATH'], HOME: folder, DECK_OPENAI_API_KEY: 'sk-test' },
      stdio: 'pipe',
    });
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  it('ping: connects, and tells which version it takes the gateway for', async () => {
    const { code, stdout } = await run('ping');

    expect(code).toBe(0);
    expect(stdout).toMatch(/Successfully connected to Kong!\nKong version:\s+3\.\d+\.\d+/);
  });

  it('validate: finds a file good, and another not', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, '_format_version: "3.0"\nservices:\n- name: x\n  host: a.test\n  port: 70000\n');

    expect((await run('validate', EVERYTHING)).code).toBe(0);
    expect(await run('validate', bad)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('port: value should be between 0 and 65535'),
    });
  });

  it('diff: tells what a sync would create, and creates nothing', async () => {
    const { code, stdout } = await run('diff', EVERYTHING);

    expect(code).toBe(0);
    expect(stdout).toContain('creating service models');
    expect((await call(`${gateway.admin}/services`, { method: 'GET' })).json()).toMatchObject({ data: [] });
  });

  it('sync: creates one of everything; the same file again changes nothing', async () => {
    const first = await run('sync', EVERYTHING);

    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Created: 34\n\s+Updated: 0\n\s+Deleted: 0/),
    });
    expect((await run('diff', EVERYTHING)).stdout).toMatch(NOTHING_TO_DO);
    expect((await run('sync', EVERYTHING)).stdout).toMatch(NOTHING_TO_DO);
  });

  it('dump: what it writes changes nothing when it is synced again', async () => {
    const dump = join(folder, 'dump.yaml');

    expect(await run('dump', '-o', dump, '--yes')).toMatchObject({ code: 0 });

    const text = readFileSync(dump, 'utf8');
    for (const part of [
      'alice-key',
      '{"kty"',
      '127.0.0.1:9001',
      'my-env',
      'x-tier:gold',
      '-----BEGIN PRIVATE KEY-----',
    ]) {
      expect(text).toContain(part);
    }
    expect((await run('diff', dump)).stdout).toMatch(NOTHING_TO_DO);
    expect((await run('sync', dump)).stdout).toMatch(NOTHING_TO_DO);
  });

  it('select tags: a team changes what is theirs and leaves the rest', async () => {
    const dump = join(folder, 'team.yaml');

    expect((await run('sync', TEAM)).stdout).toMatch(/Created: 5\n\s+Updated: 0\n\s+Deleted: 0/);
    expect((await run('diff', TEAM)).stdout).toMatch(NOTHING_TO_DO);
    await run('dump', '-o', dump, '--yes', '--select-tag', 'team-b');
    expect((await run('diff', dump)).stdout).toMatch(NOTHING_TO_DO);
    expect((await call(`${gateway.admin}/services/models`, { method: 'GET' })).status).toBe(200);
  });

  it('apply: adds and changes, and removes nothing', async () => {
    const file = join(folder, 'apply.yaml');
    writeFileSync(
      file,
      `_format_version: "3.0"\nservices:\n- name: models\n  url: http://models.internal:9000/v2\n- name: more\n  url: http://more.internal\n`,
    );

    expect((await run('apply', file)).stdout).toMatch(/Created: 1\n\s+Updated: 1\n\s+Deleted: 0/);

    expect((await call(`${gateway.admin}/services/models`, { method: 'GET' })).json()).toMatchObject({ path: '/v2' });
    expect((await call(`${gateway.admin}/routes/codex`, { method: 'GET' })).status).toBe(200);
  });

  it('a workspace: the default one is there, and no other', async () => {
    const inDefault = await run('diff', '--workspace', 'default', EVERYTHING);
    expect(inDefault.stderr).not.toContain("workspace 'default' does not exist");
    expect(await run('dump', '--workspace', 'default', '--yes', '-o', '-')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('name: models'),
    });

    const elsewhere = await run('sync', '--workspace', 'elsewhere', TEAM);
    expect(elsewhere.code).not.toBe(0);
    expect(elsewhere.stderr).toContain("there is one workspace, 'default', and no other can be made");
  });

  it("a refused change is told in the gateway's words", async () => {
    const file = join(folder, 'refused.yaml');
    writeFileSync(file, '_format_version: "3.0"\nplugins:\n- name: file-log\n  config:\n    path: ""\n');

    const { code, stderr } = await run('apply', file);

    expect(code).not.toBe(0);
    expect(stderr).toContain('config.path: length must be at least 1');
  });

  it('reset: leaves nothing', async () => {
    expect(await run('reset', '--force')).toMatchObject({ code: 0 });

    for (const kind of ['services', 'routes', 'plugins', 'consumers', 'upstreams', 'certificates', 'snis', 'vaults']) {
      expect((await call(`${gateway.admin}/${kind}`, { method: 'GET' })).json()).toMatchObject({ data: [] });
    }
  });

  it('the how-to, applied step by step through standard input, is live', async () => {
    const steps = [
      `services:
  - name: codex-service
    url: http://localhost`,
      `routes:
  - name: codex-route
    service:
      name: codex-service
    paths: [/codex]
    protocols: [http, https]`,
      `plugins:
  - name: ai-proxy-advanced
    service: codex-service
    config:
      llm_format: openai
      max_request_body_size: 131072
      targets:
        - route_type: llm/v1/responses
          auth:
            header_name: Authorization
            header_value: Bearer \${{ env "DECK_OPENAI_API_KEY" }}
          model:
            provider: openai`,
      `plugins:
  - name: file-log
    service: codex-service
    config:
      path: /tmp/file.json`,
    ];
    for (const step of steps) {
      expect(await apply(`_format_version: "3.0"\n${step}\n`)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Created: 1'),
      });
    }

    // Codex's Route is there: what it lacks now is a key that OpenAI knows.
    expect((await call(`${gateway.proxy}/nowhere`, { method: 'GET' })).status).toBe(404);
    expect((await call(`${gateway.proxy}/codex`, { method: 'GET' })).status).not.toBe(404);
  });
});
