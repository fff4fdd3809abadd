// npm run demo: what the gateway does for Codex, shown without a key and without a network. A provider simulator stands in
// for OpenAI; the gateway runs as it would, with the shipped configuration pointed at the simulator.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startProvider } from './provider.mjs';

const PROVIDER_KEY = 'Bearer sk-the-real-key';
const CLIENT_KEY = 'Bearer sk-xxx';
const PATIENCE_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
const provider = await startProvider();
const gateway = await startGateway();
try {
  await askAsCodexDoes();
  await showTheLogLine();
  await showTheMetrics();
} finally {
  gateway.process.kill('SIGTERM');
  await gateway.exited;
  provider.close();
  rmSync(folder, { recursive: true, force: true });
}

async function startGateway() {
  const declaration = join(folder, 'kong.yaml');
  const shipped = readFileSync('config/kong.yaml', 'utf8');
  writeFileSync(
    declaration,
    shipped
      .replace(/^( *)provider: openai.*$/m, `$&\n$1options:\n$1  upstream_url: ${provider.url}/v1/responses`)
      .replace('/tmp/file.json', join(folder, 'file.json')),
  );
  const [proxy, status] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      KONG_DECLARATIVE_CONFIG: declaration,
      KONG_PROXY_LISTEN: `127.0.0.1:${proxy}`,
      KONG_ADMIN_LISTEN: 'off',
      KONG_STATUS_LISTEN: `127.0.0.1:${status}`,
      KONG_LOG_LEVEL: 'warn',
      OPENAI_AUTH_HEADER: PROVIDER_KEY,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  await until('the gateway to be ready', async () => {
    if (child.exitCode !== null) throw new Error(`the gateway did not start:\n${output}`);
    const response = await fetch(`http://127.0.0.1:${status}/status/ready`).catch(() => undefined);
    return response?.ok;
  });
  return { process: child, exited, proxy: `http://127.0.0.1:${proxy}`, status: `http://127.0.0.1:${status}` };
}

/** The request of Codex 0.55, shortened, and the events as they arrive. */
async function askAsCodexDoes() {
  console.log(`POST ${gateway.proxy}/codex/responses   (authorization: ${CLIENT_KEY}, a dummy key)\n`);
  const started = performance.now();
  const response = await fetch(`${gateway.proxy}/codex/responses`, {
    method: 'POST',
    headers: {
      authorization: CLIENT_KEY,
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'user-agent': 'codex_exec/0.55.0 (demo)',
      originator: 'codex_exec',
    },
    body: JSON.stringify({
      model: 'gpt-4o',
      instructions: 'You are a coding agent running in the Codex CLI.',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
      store: false,
      stream: true,
      include: [],
    }),
  });
  console.log(`${sinceThen(started)}  ${response.status} ${response.headers.get('content-type')}`);
  for (const name of ['x-kong-llm-model', 'x-kong-proxy-latency', 'x-kong-upstream-latency', 'x-kong-request-id']) {
    console.log(`            ${name}: ${response.headers.get(name)}`);
  }
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop();
    for (const frame of frames) console.log(`${sinceThen(started)}  ${summary(frame)}`);
  }
  console.log(`${sinceThen(started)}  end of the stream`);
  console.log(
    `\nthe provider was sent: authorization: ${provider.keys.at(-1) === PROVIDER_KEY ? 'the real key' : provider.keys.at(-1)}`,
  );
}

function summary(frame) {
  const { type, delta, response } = JSON.parse(frame.slice(frame.indexOf('data: ') + 6));
  if (delta !== undefined) return `${type}  ${JSON.stringify(delta)}`;
  return response?.usage ? `${type}  ${JSON.stringify(response.usage)}` : type;
}

async function showTheLogLine() {
  const line = await until('the log line', () => firstLine(join(folder, 'file.json')));
  console.log('\nthe line of file-log (config/kong.yaml writes it to /tmp/file.json):\n');
  console.log(JSON.stringify(JSON.parse(line), null, 2));
}

async function showTheMetrics() {
  const page = await (await fetch(`${gateway.status}/metrics`)).text();
  const caused = page
    .split('\n')
    .filter((line) =>
      /^kong_(http_requests|ai_llm_(requests|tokens|cost)|bandwidth|\w+_latency_ms_(sum|count))/.test(line),
    );
  console.log('\nthe metrics it caused (GET /metrics on the status port, 8100):\n');
  console.log(caused.join('\n'));
}

function sinceThen(started) {
  return `${(performance.now() - started).toFixed(1).padStart(8)} ms`;
}

function firstLine(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return text.includes('\n') ? text.slice(0, text.indexOf('\n')) : undefined;
  } catch {
    return undefined;
  }
}

async function until(what, ask) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(20);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
