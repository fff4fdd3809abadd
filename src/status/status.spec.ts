import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ConfigModule } from '../config/config.module.js';
import { ConfigStore } from '../config/config-store.js';
import { Datastore } from '../config/datastore.js';
import { Snapshot } from '../config/snapshot.js';
import { Service } from '../entities/service.js';
import { NodeState } from '../observability/node-state.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { StatusModule } from './status.module.js';

const HASH = '0123456789abcdef0123456789abcdef';

let app: NestFastifyApplication;
let url: string;

beforeEach(() => start(new Datastore('off')));
afterEach(() => app.close());

async function start(datastore: Datastore): Promise<void> {
  const observability = await ObservabilityModule.register();
  const rooms = [ConfigModule, observability];
  const module = await Test.createTestingModule({ imports: [...rooms, StatusModule.register(rooms)] })
    .overrideProvider(Datastore)
    .useValue(datastore)
    .compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
}

const load = () => {
  const service = Object.assign(new Service(), { id: 'a', host: 'a.test' });
  return app.get(ConfigStore).swap(new Snapshot(new Map([['services', new Map([['a', service]])]]), HASH));
};
const get = async (path: string) => {
  const response = await fetch(url + path);
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
};
const json = async (path: string) => {
  const { status, body } = await get(path);
  return { status, body: JSON.parse(body) as unknown };
};
const drain = (body: string, type: string) =>
  fetch(`${url}/status/ready`, { method: 'POST', body, headers: { 'content-type': type } });

describe('GET /status/ready', () => {
  it('says no while there is no configuration', async () => {
    expect(await json('/status/ready')).toEqual({
      status: 503,
      body: { message: 'no configuration available (empty configuration present)' },
    });
  });

  it('says yes once a configuration is in force', async () => {
    await load();

    expect(await json('/status/ready')).toEqual({ status: 200, body: { message: 'ready' } });
  });

  it.each([
    ['status=draining', 'application/x-www-form-urlencoded'],
    ['{"status":"draining"}', 'application/json'],
  ])('says no when the node was told to drain with %s', async (body, type) => {
    await load();

    expect((await drain(body, type)).status).toBe(204);
    expect(await json('/status/ready')).toEqual({ status: 503, body: { message: 'draining' } });
  });

  it('is not changed by being told anything else', async () => {
    await load();
    const response = await drain('status=ready', 'application/x-www-form-urlencoded');

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: "invalid status 'ready' (expected 'draining')" });
    expect((await fetch(`${url}/status/ready`, { method: 'POST' })).status).toBe(400);
    expect(await json('/status/ready')).toEqual({ status: 200, body: { message: 'ready' } });
  });
});

describe('with a store', () => {
  const datastore = new Datastore('postgres');
  beforeEach(async () => {
    await app.close();
    await start(datastore);
  });

  it('is ready although the configuration is empty', async () => {
    expect(await json('/status/ready')).toEqual({ status: 200, body: { message: 'ready' } });
  });

  it.each([true, false])('tells whether it can be reached: %s', async (reachable) => {
    datastore.reachable = reachable;

    const { body } = await json('/status');

    expect(body).toMatchObject({ database: { reachable } });
    expect(body).not.toHaveProperty('configuration_hash');
  });
});

describe('GET /status', () => {
  it('counts connections and requests, and names the configuration in force', async () => {
    await load();
    const { traffic } = app.get(NodeState);
    for (let count = 0; count < 3; count++) traffic.connectionOpened();
    traffic.connectionClosed();
    traffic.requestStarted();

    const { status, body } = await json('/status');

    expect(status).toBe(200);
    expect(body).toEqual({
      configuration_hash: HASH,
      server: {
        connections_accepted: 3,
        connections_active: 2,
        connections_handled: 3,
        connections_reading: 0,
        connections_waiting: 1,
        connections_writing: 1,
        total_requests: 1,
      },
      memory: {
        workers_lua_vms: [{ pid: process.pid, http_allocated_gc: expect.stringMatching(/^\d+\.\d\d MiB$/) }],
        lua_shared_dicts: expect.objectContaining({
          old_space: {
            allocated_slabs: expect.stringMatching(/^\d+\.\d\d MiB$/),
            capacity: expect.stringMatching(/^\d+\.\d\d MiB$/),
          },
        }),
      },
    });
  });

  it.each([
    ['unit=k&scale=1', /^\d+\.\d KiB$/],
    ['unit=G', /^\d+\.\d\d GiB$/],
    ['unit=g&scale=x', /^\d+\.\d\d GiB$/],
  ])('writes memory as %s asks', async (query, form) => {
    const { body } = await json(`/status?${query}`);

    expect(body).toMatchObject({ memory: { workers_lua_vms: [{ http_allocated_gc: expect.stringMatching(form) }] } });
  });

  it('writes bytes as numbers', async () => {
    const { body } = await json('/status?unit=b&scale=-1');

    expect(body).toMatchObject({
      memory: {
        workers_lua_vms: [{ http_allocated_gc: expect.any(Number) }],
        lua_shared_dicts: { old_space: { allocated_slabs: expect.any(Number), capacity: expect.any(Number) } },
      },
    });
  });

  it.each([
    ['unit=constructor', "invalid unit 'constructor' (expected 'k/K', 'm/M', or 'g/G')"],
    ['unit=x', "invalid unit 'x' (expected 'k/K', 'm/M', or 'g/G')"],
    ['scale=-1', 'scale must be equal or greater than 0'],
  ])('refuses %s', async (query, message) => {
    expect(await json(`/status?${query}`)).toEqual({ status: 400, body: { message } });
  });
});

describe('GET /health', () => {
  it('answers 200 as long as the process lives, ready or not', async () => {
    app.get(NodeState).drain();
    const { status, body } = await json('/health');

    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', info: { gateway: { status: 'up', draining: true } } });
  });
});

describe('GET /metrics', () => {
  it('shows the gauges of the node, as Prometheus reads them', async () => {
    await load();
    const { status, type, body } = await get('/metrics');

    expect({ status, type }).toEqual({ status: 200, type: 'text/plain; charset=UTF-8' });
    expect(body).toContain('# TYPE kong_node_info gauge\nkong_node_info{node_id="');
    expect(body).toContain(`sluice_config_info{hash="${HASH}"} 1\n`);
    expect(body).not.toContain('kong_http_requests_total');
  });
});
