// Who is measured: the gateway with the plugin chain of the how-to, and two yardsticks.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Starts a contestant in front of the upstream on that port; `undefined` when this machine does not have it. */
export const contestants = { gateway, bare, nginx };

async function gateway(upstreamPort) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const declaration = join(folder, 'kong.yaml');
  writeFileSync(declaration, howTo(upstreamPort, folder));
  const port = await freePort();
  const env = {
    KONG_DECLARATIVE_CONFIG: declaration,
    KONG_PROXY_LISTEN: `127.0.0.1:${port}`,
    KONG_ADMIN_LISTEN: 'off',
    KONG_STATUS_LISTEN: `127.0.0.1:${await freePort()}`,
    KONG_LOG_LEVEL: 'warn',
    OPENAI_AUTH_HEADER: 'Bearer sk-bench',
    NODE_ENV: 'production',
  };
  return started('gateway', process.execPath, ['dist/main.js'], { folder, port, env });
}

async function bare(upstreamPort) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const port = await freePort();
  const program = join(import.meta.dirname, 'bare-proxy.mjs');
  return started('bare', process.execPath, [program, `http://127.0.0.1:${upstreamPort}`, String(port)], {
    folder,
    port,
  });
}

async function nginx(upstreamPort) {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  mkdirSync(join(folder, 'tmp'));
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(folder, port, upstreamPort));
  return started('nginx', 'nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { folder, port });
}

/** config/kong.yaml as it is shipped, with the provider's address and the log's place changed. */
function howTo(upstreamPort, folder) {
  const shipped = readFileSync('config/kong.yaml', 'utf8');
  return shipped
    .replace(
      /^( *)provider: openai.*$/m,
      `$&\n$1options:\n$1  upstream_url: http://127.0.0.1:${upstreamPort}/v1/responses`,
    )
    .replace('/tmp/file.json', join(folder, 'file.json'));
}

function nginxConfiguration(folder, port, upstreamPort) {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off; worker_processes 1; pid nginx.pid; user root;
    events { worker_connections 4096; }
    http {
      access_log ${folder}/access.log; client_max_body_size 0; client_body_buffer_size 2m;
      ${places.map((place) => `${place}_temp_path tmp/${place};`).join(' ')}
      keepalive_requests 1000000;
      upstream provider { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 1000000; }
      server {
        listen 127.0.0.1:${port} backlog=4096;
        location /codex {
          proxy_pass http://provider/v1/responses; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_set_header Authorization "Bearer sk-bench"; proxy_buffering off;
        }
      }
    }`;
}

/** Spawns it and waits for the first request it serves; `startMs` is the time until then. */
async function started(name, command, args, { folder, port, env = {} }) {
  const output = openSync(join(folder, 'output.log'), 'w');
  const begin = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', output, output], env: { PATH: process.env.PATH, ...env } });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  while (!(await serves(port))) {
    if (child.exitCode !== null || performance.now() - begin > 30_000) {
      throw new Error(`${name} did not come up:\n${readFileSync(join(folder, 'output.log'), 'utf8')}`);
    }
    await pause(5);
  }
  return {
    name,
    port,
    pid: child.pid,
    startMs: performance.now() - begin,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a small request is answered with 200. */
function serves(port) {
  const body = '{"model":"gpt-4o","input":"Hi"}';
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () =>
      socket.write(
        `POST /codex/responses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    socket.on('data', (chunk) => {
      resolve(chunk.toString('latin1').startsWith('HTTP/1.1 200'));
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
