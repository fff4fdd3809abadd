import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { sluice } from '../support/command-line.js';
import { echoUpstream } from '../support/echo-upstream.js';
import { eventually } from '../support/eventually.js';
import { PostgresServer, postgresFolder } from '../support/postgres-server.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

// Debian and Ubuntu: apt-get install postgresql
const withPostgres = postgresFolder() === undefined ? describe.skip : describe;
if (postgresFolder() === undefined) console.warn('skipped: PostgreSQL is not installed on this machine');

withPostgres('a configuration in PostgreSQL', () => {
  let database: PostgresServer;
  const gateways: Gateway[] = [];

  beforeAll(async () => {
    database = await PostgresServer.start();
  });
  afterAll(() => database.stop());
  beforeEach(async () => {
    await sluice(['migrations', 'reset', '--yes'], database.environment);
    await sluice(['migrations', 'up'], database.environment);
  });
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  });

  async function node(env: Record<string, string> = {}): Promise<Gateway> {
    const gateway = await startGateway({}, { env: { ...database.environment, ...env }, readyPath: '/status' });
    gateways.push(gateway);
    return gateway;
  }

  const post = (gateway: Gateway, path: string, body: object) => call(gateway.admin + path, { body });
  const get = (gateway: Gateway, path: string) => call(gateway.admin + path, { method: 'GET' });

  it('is not used before its tables are set up, and the refusal says how that is done', async () => {
    await sluice(['migrations', 'reset', '--yes'], database.environment);

    await expect(node()).rejects.toThrow(
      `the database 'kong' on 127.0.0.1:${database.port} has not been set up; run: sluice migrations up`,
    );
  });

  it('is set up once, by as many commands as like to', async () => {
    await sluice(['migrations', 'reset', '--yes'], database.environment);

    expect(await sluice(['migrations', 'list'], database.environment)).toMatchObject({ code: 1 });
    const all = await Promise.all([1, 2, 3].map(() => sluice(['migrations', 'up'], database.environment)));

    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(all.filter(({ stdout }) => stdout.includes('step 1 taken'))).toHaveLength(1);
    expect(await sluice(['migrations', 'list'], database.environment)).toMatchObject({ code: 0 });
  });

  it('is live on every node within a second of a change on one', async () => {
    const upstream = await echoUpstream();
    const [one, other] = [await node(), await node()];
    await post(one, '/services', { name: 's', url: upstream.url });

    await post(one, '/services/s/routes', { name: 'r', paths: ['/there'] });
    const acknowledged = performance.now();
    await eventually('the route on the other node', async () =>
      (await call(`${other.proxy}/there`, { method: 'GET' })).status === 200 ? true : undefined,
    );

    expect(performance.now() - acknowledged).toBeLessThan(1000);
    await call(`${other.admin}/routes/r`, { method: 'DELETE' });
    await eventually('the route to go from the first node', async () =>
      (await call(`${one.proxy}/there`, { method: 'GET' })).status === 404 ? true : undefined,
    );
    await upstream.close();
  });

  it('is found by a node that asks when announcements are lost', async () => {
    const [one, other] = [await node(), await node()];
    await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`);

    expect((await post(one, '/consumers', { username: 'alice' })).status).toBe(201);

    const there = async () => ((await get(other, '/consumers/alice')).status === 200 ? true : undefined);
    await eventually('the consumer on the other node', there, 3000);
  });

  it('takes a name once, whichever nodes are asked at the same time', async () => {
    const nodes = [await node(), await node()];
    const names = Array.from({ length: 10 }, (_, index) => `name-${index}`);

    const answers = await Promise.all(
      names.flatMap((username) => nodes.map((gateway) => post(gateway, '/consumers', { username }))),
    );

    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(names.length);
    expect(statuses.filter((status) => status === 409)).toHaveLength(names.length);
    const { data } = (await get(nodes[0] as Gateway, '/consumers')).json<{ data: { username: string }[] }>();
    expect(data.map(({ username }) => username).sort()).toEqual(names);
  });

  it('goes on being served while the database is away, and is caught up with afterwards', async () => {
    const upstream = await echoUpstream();
    const [one, other] = [await node(), await node()];
    await post(one, '/services', { name: 's', url: upstream.url });
    await post(one, '/services/s/routes', { name: 'r', paths: ['/kept'] });

    await database.interrupt();
    const refused = await post(one, '/consumers', { username: 'lost' });
    const served = await call(`${one.proxy}/kept`, { method: 'GET' });
    const unreachable = async () => {
      const status = (await get(one, '/status')).json<{ database: { reachable: boolean } }>();
      return status.database.reachable ? undefined : true;
    };
    await eventually('the node to notice', unreachable);
    await database.resume();

    expect([refused.status, refused.json()]).toEqual([500, { message: 'An unexpected error occurred' }]);
    expect(served.status).toBe(200);
    const written = async () =>
      (await post(one, '/consumers', { username: 'found' })).status === 201 ? true : undefined;
    await eventually('a write to succeed again', written);
    const there = async () => ((await get(other, '/consumers/found')).status === 200 ? true : undefined);
    await eventually('the other node to catch up', there, 5000);
    expect((await get(other, '/consumers/lost')).status).toBe(404);
    await upstream.close();
  });

  it('is refused by a node that does not know what another wrote, which goes on with what it has', async () => {
    const [one, narrow] = [await node(), await node({ KONG_PLUGINS: 'file-log' })];
    await post(one, '/consumers', { username: 'alice' });
    await eventually('alice', async () => ((await get(narrow, '/consumers/alice')).status === 200 ? true : undefined));

    await post(one, '/plugins', { name: 'prometheus' });

    await eventually('the log', () => (narrow.log().includes("plugin 'prometheus' not enabled") ? true : undefined));
    expect((await get(narrow, '/consumers/alice')).status).toBe(200);
    expect((await get(narrow, '/plugins')).json()).toMatchObject({ data: [] });
  });
});
