// What a change of a large configuration costs, and what the requests of that moment feel:
//
//   npm run bench -- reload [routes]     10,000 Routes unless told otherwise
//
// Requests leave at a steady pace whatever the answers do, and a latency counts from when a request should have left: a
// gateway that stops for a second shows a second, not one slow request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { residentMegabytes } from './process-meter.mjs';

const ROUTES = Number(process.argv[2] ?? 10_000);
const REQUESTS_PER_SECOND = 200;
const CHANGES = 10;

if (isMainThread) await run();
else await keepPace(workerData.proxy);

async function run() {
  const upstream = createServer((incoming, outgoing) => {
    incoming.resume();
    outgoing.end('ok');
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const target = `http://127.0.0.1:${upstream.address().port}`;
  const post = (gateway, version) => postConfiguration(gateway, target, version);
  const fill = (gateway) => fillStore(gateway, target);

  console.log(`${process.version}, ${ROUTES} Routes, ${REQUESTS_PER_SECOND} requests/s\n`);
  await measure('declarative file, POST /config', { KONG_DATABASE: 'off' }, post, post);
  await measure('embedded store, PATCH of one Route', { KONG_DATABASE: 'embedded' }, fill, patchRoute);
  upstream.close();
}

async function measure(title, settings, fill, change) {
  const gateway = await start(settings);
  try {
    const filled = await timed(() => fill(gateway, 0));
    await pause(1000);
    const quiet = await pace(gateway, () => pause(3000));
    const times = [];
    const busy = await pace(gateway, async () => {
      for (let version = 1; version <= CHANGES; version++) {
        times.push(await timed(() => change(gateway, version)));
        await pause(200);
      }
    });
    console.log(title);
    console.log(`  first filled in            ${filled.toFixed(0)} ms`);
    console.log(`  a change, acknowledged in  ${shown(times)} ms`);
    console.log(`  requests, nothing changes  ${shown(quiet.latencies)} ms, ${quiet.failed} failed`);
    console.log(`  requests, while it changes ${shown(busy.latencies)} ms, ${busy.failed} failed`);
    console.log(`  memory                     ${residentMegabytes(gateway.pid).toFixed(0)} MB\n`);
  } finally {
    gateway.stop();
  }
}

function routeOf(index) {
  return { name: `route-${index}`, paths: [`/area-${index % 31}/resource-${index}`] };
}

async function postConfiguration({ admin }, target, version) {
  const routes = Array.from({ length: ROUTES }, (_, index) => routeOf(index));
  const services = [{ name: 'service', url: target, retries: version % 9, routes }];
  await send(admin, 'POST', '/config', { _format_version: '3.0', services });
}

/** As decK does it: many at once. */
async function fillStore({ admin }, target) {
  await send(admin, 'POST', '/services', { name: 'service', url: target });
  let next = 0;
  const writer = async () => {
    while (next < ROUTES) {
      const index = next++;
      await send(admin, 'POST', '/services/service/routes', routeOf(index));
    }
  };
  await Promise.all(Array.from({ length: 100 }, writer));
}

function patchRoute({ admin }, version) {
  return send(admin, 'PATCH', `/routes/route-${version}`, { tags: [`version-${version}`] });
}

async function send(base, method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(base + path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
}

/** Requests at a steady pace for as long as the work takes; from a thread of their own, which the work does not hold up. */
async function pace({ proxy }, work) {
  const thread = new Worker(new URL(import.meta.url), { workerData: { proxy } });
  await once(thread, 'message');
  await work();
  thread.postMessage('stop');
  const [result] = await once(thread, 'message');
  return result;
}

async function keepPace(proxy) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const latencies = [];
  let failed = 0;
  const under = new Set();
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    while (sent * (1000 / REQUESTS_PER_SECOND) <= performance.now() - begun) {
      const due = begun + sent++ * (1000 / REQUESTS_PER_SECOND);
      const one = ask(`${proxy}/area-1/resource-1/x`, agent).then((good) => {
        latencies.push(performance.now() - due);
        if (!good) failed++;
      });
      under.add(one.finally(() => under.delete(one)));
    }
  }, 1);
  parentPort.postMessage('begun');
  await once(parentPort, 'message');
  clearInterval(timer);
  await Promise.all(under);
  agent.destroy();
  parentPort.postMessage({ latencies, failed });
  parentPort.close();
}

function ask(url, agent) {
  return new Promise((settle) => {
    const outgoing = request(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => settle(response.statusCode === 200));
      response.on('error', () => settle(false));
    });
    outgoing.on('error', () => settle(false));
    outgoing.end();
  });
}

async function start(settings) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const [proxy, admin, status] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(process.execPath, ['dist/main.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      KONG_PROXY_LISTEN: `127.0.0.1:${proxy}`,
      KONG_ADMIN_LISTEN: `127.0.0.1:${admin}`,
      KONG_STATUS_LISTEN: `127.0.0.1:${status}`,
      KONG_NGINX_ADMIN_CLIENT_MAX_BODY_SIZE: '0',
      KONG_LOG_LEVEL: 'error',
      NODE_ENV: 'production',
      ...settings,
    },
  });
  const gateway = {
    pid: child.pid,
    proxy: `http://127.0.0.1:${proxy}`,
    admin: `http://127.0.0.1:${admin}`,
    stop() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  process.once('exit', () => child.kill('SIGKILL'));
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${status}/status`).catch(() => undefined);
    if (answer?.ok) return gateway;
    if (child.exitCode !== null) throw new Error('the gateway did not start; is it built?');
    await pause(50);
  }
}

async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function shown(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createSocketServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
