import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `old` is the Codex of the how-to, `new` the newest: they differ in how they are set up and in what they send. */
export type CodexGeneration = 'old' | 'new';

export interface CodexOrder {
  readonly generation: CodexGeneration;
  readonly baseUrl: string;
  readonly prompt: string;
  /**
   * How it learns the base URL. `env`: OPENAI_BASE_URL (old only). `config`: `openai_base_url` in config.toml (new only).
   * `provider`: a table of its own in config.toml (both).
   */
  readonly via: 'env' | 'config' | 'provider';
  /** `env`: only OPENAI_API_KEY is set. `login`: a stored API key. `chatgpt`: a made-up ChatGPT sign-in. */
  readonly auth?: 'env' | 'login' | 'chatgpt';
  /** What it speaks, by a provider of its own; `chat` is known to the old generation only. */
  readonly wireApi?: 'responses' | 'chat';
  /** `null`: the client's own choice. */
  readonly model?: string | null;
  readonly image?: string;
  /** More lines for config.toml, before the first table. */
  readonly config?: readonly string[];
  /** Another command than `exec`, with its arguments. */
  readonly command?: readonly string[];
  readonly patienceMs?: number;
}

export interface CodexOutcome {
  /** `undefined`: it was killed, by the test or for want of patience. */
  readonly exit: number | undefined;
  /** The final message; `''` when there was none. */
  readonly final: string;
  readonly output: string;
  readonly ms: number;
  /** Hosts other than the gateway it tried to reach, refused here. */
  readonly foreignHosts: readonly string[];
}

/** The dummy key of the how-to. It must never reach the upstream. */
export const CLIENT_KEY = 'sk-xxx';
/** The account of the made-up ChatGPT sign-in. */
export const CHATGPT_ACCOUNT = 'acc-of-the-client';

const PATIENCE_MS = 110_000;

/** Runs a real Codex CLI once, with a home of its own, and with every other host out of its reach. */
export async function runCodex(order: CodexOrder): Promise<CodexOutcome> {
  return (await startCodex(order)).outcome;
}

export interface RunningCodex {
  readonly outcome: Promise<CodexOutcome>;
  /** Ends it and what it started, at once. */
  kill(): void;
}

export async function startCodex(order: CodexOrder): Promise<RunningCodex> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-codex-'));
  const places = { home: join(folder, 'home'), work: join(folder, 'work'), final: join(folder, 'final.txt') };
  mkdirSync(places.home);
  mkdirSync(places.work);
  const refusal = await refusingProxy();
  const env = environment(order, places.home, refusal.url);
  writeFileSync(join(places.home, 'config.toml'), configuration(order));
  signIn(order, env, places.home);

  const started = performance.now();
  const child = spawn(binary(order.generation), commandLine(order, places.final), {
    cwd: places.work,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, so that what it starts can be ended with it
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const kill = () => killGroup(child);
  process.once('exit', kill);
  const impatience = setTimeout(kill, order.patienceMs ?? PATIENCE_MS);

  const outcome = once(child, 'close').then(([code]) => {
    clearTimeout(impatience);
    kill(); // the newer one leaves a helper process behind
    process.off('exit', kill);
    refusal.close();
    const final = existsSync(places.final) ? readFileSync(places.final, 'utf8').trim() : '';
    rmSync(folder, { recursive: true, force: true });
    return {
      exit: (code as number | null) ?? undefined,
      final,
      output,
      ms: performance.now() - started,
      foreignHosts: refusal.asked(),
    };
  });
  return { outcome, kill };
}

function binary(generation: CodexGeneration): string {
  const folder = process.env[generation === 'old' ? 'CLIENT_CODEX_OLD' : 'CLIENT_CODEX_NEW'];
  if (folder === undefined) throw new Error('no Codex is installed: run the client tests with "npm run test:clients"');
  return join(folder, 'node_modules', '.bin', 'codex');
}

function commandLine({ command, model, image, prompt }: CodexOrder, finalFile: string): string[] {
  if (command) return [...command];
  return [
    'exec',
    '--skip-git-repo-check',
    '--dangerously-bypass-approvals-and-sandbox',
    '--output-last-message',
    finalFile,
    ...(model === null ? [] : ['--model', model ?? 'gpt-4o']),
    ...(image ? ['--image', image] : []),
    '--',
    prompt,
  ];
}

/** config.toml as our readme tells users to write it. */
function configuration({
  generation,
  via,
  auth = 'env',
  wireApi = 'responses',
  baseUrl,
  config = [],
}: CodexOrder): string {
  const top = [...config];
  const tables: string[] = [];
  if (via === 'config') top.push(`openai_base_url = "${baseUrl}"`);
  if (via === 'provider') {
    top.push('model_provider = "gateway"');
    tables.push('[model_providers.gateway]', 'name = "Gateway"', `base_url = "${baseUrl}"`, `wire_api = "${wireApi}"`);
    tables.push(auth === 'env' ? 'env_key = "OPENAI_API_KEY"' : 'requires_openai_auth = true');
  }
  if (generation === 'new') tables.push('[analytics]', 'enabled = false');
  return `${[...top, ...tables].join('\n')}\n`;
}

function environment({ via, auth = 'env', baseUrl }: CodexOrder, home: string, proxy: string): NodeJS.ProcessEnv {
  const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy'];
  return {
    PATH: process.env['PATH'],
    HOME: home,
    CODEX_HOME: home,
    TERM: 'dumb',
    LANG: 'C.UTF-8',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    ...Object.fromEntries(proxies.map((name) => [name, proxy])),
    ...(via === 'env' ? { OPENAI_BASE_URL: baseUrl } : {}),
    ...(auth === 'env' ? { OPENAI_API_KEY: CLIENT_KEY } : {}),
  };
}

function signIn({ generation, auth }: CodexOrder, env: NodeJS.ProcessEnv, home: string): void {
  if (auth === 'login') {
    const login = spawnSync(binary(generation), ['login', '--with-api-key'], { input: `${CLIENT_KEY}\n`, env });
    if (login.status !== 0) throw new Error(`codex login failed: ${login.stdout}${login.stderr}`);
  }
  if (auth === 'chatgpt') {
    const token = madeUpToken();
    writeFileSync(
      join(home, 'auth.json'),
      JSON.stringify({
        OPENAI_API_KEY: null,
        tokens: { id_token: token, access_token: token, refresh_token: 'refresh', account_id: CHATGPT_ACCOUNT },
        last_refresh: new Date().toISOString(),
      }),
    );
  }
}

/** A JWT with the claims that the client looks for; nobody checks its signature. */
function madeUpToken(): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const account = {
    chatgpt_plan_type: 'plus',
    chatgpt_account_id: CHATGPT_ACCOUNT,
    chatgpt_user_id: 'u',
    user_id: 'u',
  };
  const claims = { email: 'nobody@example.test', iat: 1_700_000_000, exp: 1_999_999_999, sub: 'u' };
  return [
    part({ alg: 'none', typ: 'JWT' }),
    part({ ...claims, 'https://api.openai.com/auth': account }),
    Buffer.from('signature').toString('base64url'),
  ].join('.');
}

interface Refusal {
  readonly url: string;
  asked(): string[];
  close(): void;
}

/** A proxy that refuses everything and remembers what it was asked for, so that side traffic stays on the machine. */
async function refusingProxy(): Promise<Refusal> {
  const hosts = new Set<string>();
  const server: Server = createServer((request, response) => {
    hosts.add(request.headers.host ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    hosts.add(request.url ?? '');
    socket.on('error', () => {});
    socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => [...hosts],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    // Everybody has gone already.
  }
}
