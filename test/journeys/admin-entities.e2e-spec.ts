import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminEntity, type AdminPage, adminCalls } from '../support/admin-calls.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

let gateway: Gateway;
beforeAll(async () => {
  // Without a folder named the store is in the gateway's home, which the test gave it.
  gateway = await startGateway({}, { env: { KONG_DATABASE: 'embedded' }, readyPath: '/status' });
}, 60_000);
afterAll(() => gateway.stop());

const { get, post, put, patch, remove } = adminCalls(() => gateway.admin);

describe('creating an entity', () => {
  it('fills in defaults, and answers every field with null where it is unset', async () => {
    const { status, json } = await post('/services', { name: 'created', url: 'https://a.test/v1' });

    expect(status).toBe(201);
    expect(json()).toMatchObject({
      name: 'created',
      protocol: 'https',
      host: 'a.test',
      port: 443,
      path: '/v1',
      retries: 5,
      tags: null,
      ca_certificates: null,
      client_certificate: null,
    });
    expect(json()).not.toHaveProperty('url');
  });

  it.each([
    [
      'a schema violation',
      '/services',
      { path: 'x' },
      400,
      {
        code: 2,
        name: 'schema violation',
        message: '2 schema violations (host: required field missing; path: should start with: /)',
        fields: { host: 'required field missing', path: 'should start with: /' },
      },
    ],
    [
      'a rule between fields',
      '/routes',
      { name: 'no-matcher' },
      400,
      {
        code: 2,
        fields: {
          '@entity': ["must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'"],
        },
      },
    ],
    [
      'a reference by id to what is not there',
      '/routes',
      { paths: ['/x'], service: { id: NOWHERE } },
      400,
      {
        code: 4,
        name: 'foreign key violation',
        message: `the foreign key '{id="${NOWHERE}"}' does not reference an existing 'services' entity.`,
        fields: { service: { id: NOWHERE } },
      },
    ],
    [
      'a reference by name to what is not there',
      '/routes',
      { paths: ['/x'], service: { name: 'nobody' } },
      400,
      {
        code: 13,
        name: 'foreign keys unresolved',
        message:
          'foreign key unresolved (service.name: the foreign key cannot be resolved with ' +
          `'{name="nobody"}' for an existing 'services' entity)`,
      },
    ],
    [
      'a reference that names nobody',
      '/routes',
      { paths: ['/x'], service: {} },
      400,
      {
        code: 2,
        message: 'schema violation (service.id: missing primary key)',
        fields: { service: { id: 'missing primary key' } },
      },
    ],
    [
      'a reference that says what an entity of that kind cannot be',
      '/routes',
      { paths: ['/x'], service: { protocol: 'foo', id: null, hots: 1 } },
      400,
      {
        fields: {
          service: {
            protocol: 'expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp',
            hots: 'unknown field',
          },
        },
      },
    ],
    [
      'a reference to nobody by either of two names',
      '/plugins',
      { name: 'prometheus', consumer: { username: 'nobody', custom_id: 'none' } },
      400,
      {
        code: 13,
        fields: {
          consumer: {
            username: `the foreign key cannot be resolved with '{username="nobody"}' for an existing 'consumers' entity`,
            custom_id: `the foreign key cannot be resolved with '{custom_id="none"}' for an existing 'consumers' entity`,
          },
        },
      },
    ],
    [
      'a mistake in a map, which Kong does not place',
      '/routes',
      { paths: ['/x'], headers: { 'x-ok': ['1'], 'x-bad': 'text' } },
      400,
      { message: 'schema violation (headers: expected an array)', fields: { headers: 'expected an array' } },
    ],
    [
      'a null in a list',
      '/routes',
      { hosts: ['a.test', null] },
      400,
      { fields: { hosts: [null, 'required field missing'] } },
    ],
    ['a url that is no text', '/services', { url: 5 }, 400, { fields: { url: 'expected a string' } }],
    ['an empty url', '/services', { url: '' }, 400, { fields: { url: 'length must be at least 1' } }],
    [
      'a plugin that is not there',
      '/plugins',
      { name: 'no-such-plugin' },
      400,
      {
        code: 2,
        fields: { name: "plugin 'no-such-plugin' not enabled; add it to the 'plugins' configuration property" },
      },
    ],
    [
      "a mistake in a plugin's configuration",
      '/plugins',
      { name: 'file-log', config: { path: '/tmp/x', reopen: 'maybe' } },
      400,
      { code: 2, fields: { config: { reopen: 'expected a boolean' } } },
    ],
  ])('refuses %s', async (_name, path, body, status, error) => {
    const answer = await post(path, body);

    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject(error);
  });

  it('takes a name once', async () => {
    await post('/consumers', { username: 'once' });

    const { status, json } = await post('/consumers', { username: 'once' });

    expect(status).toBe(409);
    expect(json()).toEqual({
      code: 5,
      name: 'unique constraint violation',
      message: `UNIQUE violation detected on '{username="once"}'`,
      fields: { username: 'once' },
    });
  });

  it('takes an id once', async () => {
    const { id } = (await post('/consumers', { username: 'with-id' })).json<AdminEntity>();

    expect((await post('/consumers', { id, username: 'same-id' })).json()).toMatchObject({
      code: 3,
      message: `primary key violation on key '{id="${id}"}'`,
    });
  });

  it('takes a plugin once per place', async () => {
    const { id } = (await post('/services', { name: 'logged', host: 'a.test' })).json<AdminEntity>();
    const plugin = { name: 'file-log', config: { path: '/tmp/x' } };
    await post('/services/logged/plugins', plugin);

    const { status, json } = await post('/services/logged/plugins', plugin);

    expect(status).toBe(409);
    expect(json<{ message: string }>().message).toBe(
      `UNIQUE violation detected on '{consumer=null,name="file-log",route=null,service={id="${id}"}}'`,
    );
  });
});

describe('putting an entity', () => {
  it('creates it by a name it then has, and replaces it later under the same id', async () => {
    const first = await put('/services/put-by-name', { host: 'a.test', retries: 9, tags: ['x'] });
    const { id, created_at } = first.json<AdminEntity>();

    const second = await put('/services/put-by-name', { host: 'b.test' });

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json()).toMatchObject({
      id,
      created_at,
      name: 'put-by-name',
      host: 'b.test',
      retries: 5,
      tags: null,
    });
  });

  it('creates it by an id', async () => {
    const id = '5f1d7e9e-1111-4222-8333-444455556666';

    expect((await put(`/consumers/${id}`, { username: 'put-by-id' })).json()).toMatchObject({
      id,
      username: 'put-by-id',
    });
  });
});

describe('patching an entity', () => {
  it('changes what is given, merges records, replaces lists', async () => {
    await post('/upstreams', { name: 'patched.test', healthchecks: { active: { http_path: '/h', timeout: 9 } } });

    const { status, json } = await patch('/upstreams/patched.test', {
      slots: 50,
      healthchecks: { active: { timeout: 3, healthy: { http_statuses: [204] } } },
    });

    expect(status).toBe(200);
    expect(json()).toMatchObject({
      slots: 50,
      healthchecks: { active: { http_path: '/h', timeout: 3, healthy: { http_statuses: [204], interval: 0 } } },
    });
  });

  it.each([
    [{ algorithm: 'round-robin' }, { algorithm: 'round-robin', hash_on: 'ip' }],
    [{ algorithm: 'least-connections' }, { algorithm: 'least-connections', hash_on: 'none' }],
    [{ hash_on: 'consumer' }, { algorithm: 'consistent-hashing', hash_on: 'consumer' }],
    [{ hash_on: 'none' }, { algorithm: 'round-robin', hash_on: 'none' }],
    [{ hash_on: null }, { algorithm: 'consistent-hashing', hash_on: 'none' }],
    [{ slots: 20 }, { algorithm: 'consistent-hashing', hash_on: 'ip' }],
  ])('of what was written, an algorithm or a hash, the other follows: %j', async (change, changed) => {
    await put('/upstreams/hashed.test', { hash_on: 'ip' });

    expect((await patch('/upstreams/hashed.test', change)).json()).toMatchObject(changed);
  });

  it("merges a plugin's configuration", async () => {
    const plugin = { name: 'request-transformer', config: { add: { headers: ['a:1'] }, remove: { headers: ['b'] } } };
    const { id } = (await post('/plugins', plugin)).json<AdminEntity>();

    const { json } = await patch(`/plugins/${id}`, { config: { add: { headers: ['c:2'] } } });

    expect(json()).toMatchObject({ config: { add: { headers: ['c:2'] }, remove: { headers: ['b'] } } });
    await remove(`/plugins/${id}`);
  });

  it('changes nothing when what would come of it is wrong', async () => {
    await post('/services', { name: 'kept', host: 'a.test' });

    const { status } = await patch('/services/kept', { port: 70000 });

    expect(status).toBe(400);
    expect((await get('/services/kept')).json()).toMatchObject({ port: 80 });
  });

  it('finds nobody where nobody is', async () => {
    expect(await patch('/services/absent', { port: 1 })).toMatchObject({
      status: 404,
      text: '{"message":"Not found"}',
    });
  });
});

describe('removing an entity', () => {
  it('succeeds, also when it is not there', async () => {
    await post('/consumers', { username: 'leaving' });

    const removals = [await remove('/consumers/leaving'), await remove('/consumers/leaving')];

    expect(removals).toEqual([
      expect.objectContaining({ status: 204, text: '' }),
      expect.objectContaining({ status: 204, text: '' }),
    ]);
  });

  it('is refused while others need it', async () => {
    await post('/services', { name: 'needed', host: 'a.test' });
    await post('/services/needed/routes', { name: 'needing', paths: ['/needing'] });

    expect((await remove('/services/needed')).json()).toEqual({
      code: 4,
      name: 'foreign key violation',
      message: "an existing 'routes' entity references this 'services' entity",
      fields: { '@referenced_by': 'routes' },
    });
  });

  it('takes along what is nothing without it', async () => {
    await post('/consumers', { username: 'owner' });
    const { id } = (await post('/consumers/owner/key-auth', { key: 'owned-key' })).json<AdminEntity>();

    await remove('/consumers/owner');

    expect((await get(`/key-auths/${id}`)).status).toBe(404);
  });
});

describe('entities under others', () => {
  beforeAll(async () => {
    await post('/services', { name: 'above', host: 'a.test' });
    await post('/services', { name: 'beside', host: 'a.test' });
    await post('/services/above/routes', { name: 'below', paths: ['/below'] });
  });

  it('are listed, read, changed and removed there', async () => {
    expect((await get('/services/above/routes')).json<AdminPage>().data.map(({ name }) => name)).toEqual(['below']);
    expect((await get('/services/above/routes/below')).status).toBe(200);
    expect((await patch('/services/above/routes/below', { paths: ['/b'] })).json()).toMatchObject({ paths: ['/b'] });
    expect((await put('/services/above/routes/other', { paths: ['/o'] })).json()).toMatchObject({ name: 'other' });
    expect((await remove('/services/above/routes/other')).status).toBe(204);
  });

  it.each([
    '/services/beside/routes/below',
    '/services/absent/routes',
    '/services/absent/routes/below',
    `/services/${NOWHERE}/plugins`,
  ])('are not found at %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, text: '{"message":"Not found"}' });
  });

  it('lead to the one they refer to', async () => {
    const above = (await get('/services/above')).json<AdminEntity>();

    expect((await get('/routes/below/service')).json()).toMatchObject({ id: above.id, name: 'above' });
    expect((await patch('/routes/below/service', { retries: 3 })).json()).toMatchObject({ id: above.id, retries: 3 });
    expect((await remove('/routes/below/service')).status).toBe(405);
  });

  it('get one to refer to where there was none', async () => {
    await post('/routes', { name: 'lonely', paths: ['/lonely'] });
    expect((await get('/routes/lonely/service')).status).toBe(404);
    expect((await remove('/routes/lonely/service')).status).toBe(404);

    const { status, json } = await put('/routes/lonely/service', { name: 'found', host: 'f.test' });

    expect(status).toBe(200);
    expect((await get('/routes/lonely')).json()).toMatchObject({ service: { id: json<AdminEntity>().id } });
  });
});
