// How fast a Route is found, and what a table of Routes costs: node test/bench/routing.mjs [path of a built project].
// Two shapes: plain path prefixes, and the mix of a real gateway (hosts × path prefixes, methods, some regular expressions).
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

const built = pathToFileURL(path.resolve(process.argv[2] ?? 'dist')).href;
await import('reflect-metadata');
const { RouteTable } = await import(`${built}/routing/route-table.js`);
const { Route } = await import(`${built}/entities/route.js`);
const { Service } = await import(`${built}/entities/service.js`);

const REQUESTS = 1024; // the same at every size, so that what the requests themselves occupy does not differ
const ROUNDS = 25;
const LOOKUPS_PER_ROUND = 50_000;
const services = [Object.assign(new Service(), { id: 'service', host: 'up.test' })];
const routeOf = (index, fields) =>
  Object.assign(new Route(), { id: `route-${index}`, created_at: 0, service: { id: 'service' } }, fields);

const shapes = {
  'path prefixes': (index) => ({
    fields: { paths: [`/team-${index % 97}/service-${index}/v1`] },
    request: { host: 'gateway.test', rawPath: `/team-${index % 97}/service-${index}/v1/items/42` },
  }),
  'hosts, prefixes, methods, 1 in 20 a regex': (index) => {
    const host = `api-${index % 200}.example.test`;
    const root = `/area-${index % 31}/resource-${index}`;
    const request = { host, rawPath: `${root}/17/details` };
    if (index % 20 === 19) return { fields: { hosts: [host], paths: [`~${root}/(?<id>\\d+)/details$`] }, request };
    return { fields: { hosts: [host], paths: [root], ...(index % 3 === 0 && { methods: ['GET', 'POST'] }) }, request };
  },
};

const common = {
  method: 'GET',
  scheme: 'http',
  port: 8000,
  clientIp: '127.0.0.1',
  clientPort: 50_000,
  header: () => [],
};
const occupied = () => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
};

// A string from the network is one piece, not the parts it was put together from.
const asReceived = (text) => Buffer.from(text).toString('latin1');

/** Spread evenly, in an order that no cache line or branch predictor can learn. */
function requestsFor(shape, size) {
  let seed = 42;
  return Array.from({ length: REQUESTS }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const { host, rawPath } = shape(seed % size).request;
    return { ...common, host: asReceived(host), rawPath: asReceived(rawPath) };
  });
}

function nanosecondsPerLookup(table, requests) {
  let found = 0;
  const started = process.hrtime.bigint();
  for (let lookup = 0; lookup < LOOKUPS_PER_ROUND; lookup++) {
    if (table.match(requests[lookup % REQUESTS]) !== undefined) found += 1;
  }
  const took = Number(process.hrtime.bigint() - started);
  if (found !== LOOKUPS_PER_ROUND) throw new Error(`${LOOKUPS_PER_ROUND - found} lookups found no Route`);
  return took / LOOKUPS_PER_ROUND;
}

const SIZES = [1, 10, 100, 1000, 10_000, 100_000];

function compiled(shape, size) {
  const routes = Array.from({ length: size }, (_, index) => routeOf(index, shape(index).fields));
  const requests = requestsFor(shape, size);
  const before = occupied();
  const started = performance.now();
  const table = RouteTable.compile(routes, services, { flavor: 'traditional_compatible' });
  const compileMs = performance.now() - started;
  return { size, table, requests, compileMs, megabytes: occupied() - before, nanoseconds: Number.POSITIVE_INFINITY };
}

for (const [name, shape] of Object.entries(shapes)) {
  const measured = SIZES.map((size) => compiled(shape, size));
  for (const one of measured) for (let round = 0; round < 3; round++) nanosecondsPerLookup(one.table, one.requests);
  // The best of many rounds, because whatever else runs on the machine can only make one slower; and the sizes in turn,
  // because it does not run all the time: measured one after the other, they would be compared across its changes.
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of measured) {
      one.nanoseconds = Math.min(one.nanoseconds, nanosecondsPerLookup(one.table, one.requests));
    }
  }
  const atTen = measured.find(({ size }) => size === 10).nanoseconds;
  console.log(`\n${name}`);
  console.log('   routes   lookups/s   ns/lookup   against 10   compile ms   table MB');
  for (const { size, nanoseconds, compileMs, megabytes } of measured) {
    const against = size < 10 ? '' : (nanoseconds / atTen).toFixed(2);
    const cells = [size, Math.round(1e9 / nanoseconds), nanoseconds.toFixed(0), against];
    cells.push(compileMs.toFixed(1), megabytes.toFixed(1));
    const widths = [9, 12, 12, 13, 13, 11];
    console.log(cells.map((cell, column) => String(cell).padStart(widths[column])).join(''));
  }
}
