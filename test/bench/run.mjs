// Measures the gateway against two yardsticks on this machine, in turn, so that a busy minute hits all of them:
//
//   npm run bench                    three rounds, about four minutes
//   npm run bench -- quick           one short round, some 20 seconds: for a glance, not for a claim
//   npm run bench -- routing         what routing costs as the number of Routes grows
//   npm run bench -- configuration   what reading a large declarative file costs
//   npm run bench -- reload          what a change of a large configuration costs, and what requests feel of it
//
// Trust ratios. Absolute numbers belong to the machine, and on a small one the generator and the upstream take their part.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus, platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { contestants } from './contestants.mjs';
import { cpuMicroseconds, residentMegabytes } from './process-meter.mjs';

/** What a round consists of; `seconds` by length of the run. Fifty deltas last a second, so their phase does at least. */
const phases = [
  { name: 'small body', connections: 64, bodyBytes: 400, seconds: { full: 4, quick: 1.2 } },
  // The same load for all: at its most, a faster contestant has busier peers, which its writes need not wake up.
  { name: 'small body, 3000/s', connections: 64, bodyBytes: 400, rate: 3000, seconds: { full: 4, quick: 1.2 } },
  { name: '40 KB body', connections: 32, bodyBytes: 40_000, seconds: { full: 3, quick: 0.8 } },
  { name: '1 MB body', connections: 8, bodyBytes: 1_000_000, seconds: { full: 3, quick: 0.8 } },
];
const warmUp = { connections: 32, bodyBytes: 40_000, seconds: { full: 4, quick: 2 } };
const oneAtATime = { connections: 1, bodyBytes: 400, seconds: { full: 2, quick: 0.5 } };
const streams = { connections: 200, bodyBytes: 400, deltas: 50, seconds: { full: 3.2, quick: 0.5 } };
const firstEvents = { connections: 4, bodyBytes: 400, deltas: 3, seconds: { full: 3, quick: 0.5 } };

const what = process.argv[2] ?? 'full';
if (what === 'routing' || what === 'configuration' || what === 'reload') {
  process.argv.splice(2, 1); // what is left are that benchmark's own arguments
  await import(`./${what}.mjs`);
} else if (what === 'full' || what === 'quick') {
  await compare(what);
} else {
  console.error(
    `unknown benchmark '${what}' (known: quick, routing, configuration, reload; none for the whole comparison)`,
  );
  process.exitCode = 1;
}

async function compare(length) {
  if (platform() !== 'linux')
    throw new Error('what processes cost is read from /proc, so this comparison runs on Linux');
  const upstream = fork(join(import.meta.dirname, 'upstream.mjs'));
  const [{ port: upstreamPort }] = await once(upstream, 'message');
  const load = fork(join(import.meta.dirname, 'load.mjs'));
  const drive = async (port, phase) => {
    load.send({ port, ...phase, seconds: phase.seconds[length] });
    const [result] = await once(load, 'message');
    return result;
  };

  const running = [];
  for (const start of Object.values(contestants)) {
    const contestant = await start(upstreamPort);
    if (contestant) running.push(contestant);
  }
  const names = running.map(({ name }) => name);
  console.log(`${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), ${length} run: ${names.join(', ')}`);
  if (!names.includes('nginx')) console.log('nginx is not installed here, so that yardstick is missing');

  const figures = new Map();
  const note = (measure, name, value) => {
    const row = figures.get(measure) ?? new Map();
    row.set(name, [...(row.get(name) ?? []), value]);
    figures.set(measure, row);
  };
  for (const { name, startMs } of running) note('start to first answer, ms', name, startMs);
  await pause(500);
  for (const { name, pid } of running) note('memory idle, MB', name, residentMegabytes(pid));

  // The first seconds of a process are slow: the generator's and the upstream's too.
  for (const { port } of [{ port: upstreamPort }, ...running]) await drive(port, warmUp);
  const rounds = length === 'full' ? 3 : 1;
  for (let round = 0; round < rounds; round++) {
    const direct = await drive(upstreamPort, oneAtATime);
    const directFirst = await drive(upstreamPort, firstEvents);
    for (const contestant of running) await runRound(contestant, direct, directFirst);
  }
  await pause(length === 'full' ? 5000 : 500);
  for (const { name, pid } of running) note('memory after, MB', name, residentMegabytes(pid));

  for (const contestant of running) await contestant.stop();
  load.disconnect();
  upstream.disconnect();
  print(figures, names);

  async function runRound({ name, port, pid }, direct, directFirst) {
    let most = 0;
    for (const phase of phases) {
      const before = cpuMicroseconds(pid);
      const result = await drive(port, phase);
      note(`${phase.name}: requests/s`, name, result.requests / result.seconds);
      note(`${phase.name}: CPU us/request`, name, (cpuMicroseconds(pid) - before) / result.requests);
      most = Math.max(most, residentMegabytes(pid));
    }
    const alone = await drive(port, oneAtATime);
    note('one at a time: p50 ms', name, quantile(alone.latencies, 0.5));
    note('one at a time: p99 ms', name, quantile(alone.latencies, 0.99));
    note('one at a time: added p50 ms', name, quantile(alone.latencies, 0.5) - quantile(direct.latencies, 0.5));

    const before = cpuMicroseconds(pid);
    const crowd = await drive(port, streams);
    note('200 streams: CPU us/event', name, (cpuMicroseconds(pid) - before) / crowd.events);
    note('200 streams: event delay p50 ms', name, quantile(crowd.delays, 0.5));
    note('200 streams: event delay p99 ms', name, quantile(crowd.delays, 0.99));
    most = Math.max(most, residentMegabytes(pid));
    const few = await drive(port, firstEvents);
    const added = quantile(few.firstEvents, 0.5) - quantile(directFirst.firstEvents, 0.5);
    note('first event: added p50 ms', name, added);
    note('memory under load, MB', name, most);
  }
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** One line per measure: the median of the rounds for each contestant, and the gateway as a multiple of each yardstick. */
function print(figures, names) {
  const yardsticks = names.filter((name) => name !== 'gateway');
  const rows = [['', ...names, ...yardsticks.map((name) => `x ${name}`)]];
  for (const [measure, byName] of figures) {
    const medians = new Map(names.map((name) => [name, quantile(byName.get(name) ?? [], 0.5)]));
    const ratios = yardsticks.map((name) => (medians.get('gateway') / medians.get(name)).toFixed(2));
    rows.push([measure, ...names.map((name) => rounded(medians.get(name))), ...ratios]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] + 2))).join(''),
    );
  }
}

function rounded(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
