import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminEntity, type AdminPage, adminCalls } from '../support/admin-calls.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  // Without a folder named the store is in the gateway's home, which the test gave it.
  gateway = await startGateway({}, { env: { KONG_DATABASE: 'embedded' }, readyPath: '/status' });
}, 60_000);
afterAll(() => gateway.stop());

const { send, get, post, put, patch, remove } = adminCalls(() => gateway.admin);

describe('kinds with ways of their own', () => {
  const [cert, key] = ['server.pem', 'server.key.pem'].map((file) =>
    readFileSync(new URL(`../support/tls/${file}`, import.meta.url), 'utf8'),
  );

  it('certificates are written and found with the names they are shown for', async () => {
    const created = await post('/certificates', { cert, key, snis: ['b.test', 'a.test'] });
    const { id } = created.json<AdminEntity>();
    expect(created.json()).toMatchObject({ snis: ['a.test', 'b.test'] });

    expect((await get('/certificates/a.test')).json()).toMatchObject({ id });
    expect((await patch(`/certificates/${id}`, { snis: ['c.test'] })).json()).toMatchObject({ snis: ['c.test'] });
    expect((await patch(`/certificates/${id}`, { tags: ['x'] })).json()).toMatchObject({ snis: ['c.test'] });
    expect((await get('/snis/c.test')).json()).toMatchObject({ certificate: { id } });
    expect(await get('/certificates/a.test')).toMatchObject({ status: 404, text: '{"message":"SNI not found"}' });
    expect((await post('/certificates', { cert, key, snis: ['c.test'] })).json()).toMatchObject({
      fields: { snis: `c.test already associated with existing certificate '${id}'` },
    });
    expect((await post('/certificates', { cert, key, snis: ['d.test', '127.0.0.1'] })).json()).toMatchObject({
      fields: { snis: [null, 'must not be an IP'] },
    });
    expect((await post('/certificates', { cert, snis: ['*.*'] })).json()).toMatchObject({
      fields: { key: 'required field missing', snis: ['only one wildcard must be specified'] },
    });
    const asked = await post('/schemas/certificates/validate', { cert, key, snis: ['a', '120.0.9.32:90'] });
    expect(asked.json()).toMatchObject({ message: 'schema violation (snis.2: must not be an IP)' });
    expect((await post('/schemas/certificates/validate', { cert, key, snis: ['a', 'b'] })).status).toBe(200);
    expect((await put(`/certificates/${id}`, { cert, key })).json()).toMatchObject({ snis: [] });
    await patch(`/certificates/${id}`, { snis: ['e.test'] });
    expect((await remove(`/certificates/${id}`)).status).toBe(204);
    expect((await get('/snis/e.test')).status).toBe(404);
  });

  it('targets are told apart within their upstream, and get the default port', async () => {
    await post('/upstreams', { name: 'targets.test' });

    expect((await post('/upstreams/targets.test/targets', { target: '10.0.0.1' })).json()).toMatchObject({
      target: '10.0.0.1:8000',
      weight: 100,
      created_at: expect.any(Number),
    });
    expect((await post('/upstreams/targets.test/targets', { target: '10.0.0.1:8000' })).status).toBe(409);
    expect((await patch('/upstreams/targets.test/targets/10.0.0.1:8000', { weight: 3 })).json()).toMatchObject({
      weight: 3,
    });
    expect((await put('/upstreams/targets.test/targets/10.0.0.1:8000', { tags: ['x'] })).json()).toMatchObject({
      weight: 3,
      tags: ['x'],
    });
    expect((await put('/upstreams/targets.test/targets/10.0.0.2:8000', { target: '10.0.0.2:8000' })).status).toBe(404);
    expect((await get('/upstreams/targets.test/targets/all')).json<AdminPage>().data).toHaveLength(1);
    expect((await get('/targets')).status).toBe(404);
    expect((await remove('/upstreams/targets.test/targets/10.0.0.1:8000')).status).toBe(204);
  });

  it('an operator takes a target out of rotation and puts it back', async () => {
    await post('/upstreams', { name: 'marked.test', healthchecks: { passive: { unhealthy: { http_failures: 1 } } } });
    await post('/upstreams/marked.test/targets', { target: '10.0.0.1:80' });
    const health = async () =>
      (await get('/upstreams/marked.test/health')).json<{ data: { health: string }[] }>().data[0]?.health;

    expect(await health()).toBe('HEALTHY');
    expect(await send('PUT', '/upstreams/marked.test/targets/10.0.0.1:80/unhealthy')).toMatchObject({
      status: 204,
      text: '',
    });
    expect(await health()).toBe('UNHEALTHY');
    expect((await get('/upstreams/marked.test/health?balancer_health=1')).json()).toMatchObject({
      data: { health: 'UNHEALTHY', details: { weight: { total: 100, available: 0, unavailable: 100 } } },
    });
    expect((await send('PUT', '/upstreams/marked.test/targets/10.0.0.1:80/10.0.0.1:80/healthy')).status).toBe(204);
    expect(await health()).toBe('HEALTHY');
    expect((await send('PUT', '/upstreams/marked.test/targets/10.9.9.9:80/healthy')).status).toBe(404);
    await post('/upstreams/marked.test/targets', { target: '10.0.0.2' });
    for (const address of ['10.0.0.2', '10.0.0.2:8000']) {
      expect((await send('PUT', `/upstreams/marked.test/targets/10.0.0.2:8000/${address}/unhealthy`)).status).toBe(204);
    }
    expect((await send('PUT', '/upstreams/marked.test/targets/10.0.0.2:8000/10.0.0.2:9/unhealthy')).status).toBe(400);
  });

  it('groups are shown with the consumers in them', async () => {
    const group = (await post('/consumer_groups', { name: 'gold' })).json<AdminEntity>();
    const consumer = (await post('/consumers', { username: 'golden' })).json<AdminEntity>();

    const joined = await post('/consumer_groups/gold/consumers', { consumer: 'golden' });

    expect(joined).toMatchObject({ status: 201 });
    expect(joined.json()).toMatchObject({ consumer_group: { id: group.id }, consumers: [{ id: consumer.id }] });
    expect((await get('/consumer_groups/gold')).json()).toMatchObject({
      consumer_group: { name: 'gold' },
      consumers: [{ username: 'golden' }],
    });
    expect((await get('/consumers/golden/consumer_groups')).json()).toMatchObject({ data: [{ name: 'gold' }] });
    expect((await post('/consumer_groups/gold/consumers', { consumer: 'golden' })).status).toBe(409);
    expect((await remove('/consumer_groups/gold/consumers/golden')).status).toBe(204);
    expect((await get('/consumer_groups/gold')).json()).toMatchObject({ consumers: [] });
  });

  it('passwords are kept as hashes, and hashed once', async () => {
    await post('/consumers', { username: 'hashed' });
    const created = (await post('/consumers/hashed/basic-auth', { username: 'u', password: 'p' })).json<{
      password: string;
    }>();

    const patched = (await patch('/basic-auths/u', { tags: ['x'] })).json<{ password: string }>();

    expect(created.password).toMatch(/^[0-9a-f]{40}$/);
    expect(patched.password).toBe(created.password);
  });

  it('secrets of applications are kept as hashes where that is asked for', async () => {
    await post('/consumers', { username: 'applicant' });
    const application = { name: 'app', client_id: 'app', client_secret: 'told', hash_secret: true };

    const { status, json } = await post('/consumers/applicant/oauth2', application);
    const kept = json<{ client_secret: string }>();
    expect(status).toBe(201);
    expect(kept.client_secret).toMatch(/^\$pbkdf2-sha512\$i=10000,l=32\$[\w+/]{22}\$[\w+/]{43}$/);

    await patch('/oauth2/app', { name: 'renamed' });
    expect((await get('/consumers/applicant/oauth2/app')).json()).toMatchObject({
      name: 'renamed',
      client_secret: kept.client_secret,
      client_type: 'confidential',
    });
    expect((await post('/consumers/applicant/mtls-auth', { subject_name: 'a.test' })).status).toBe(201);
    expect((await get('/mtls-auths')).json<AdminPage>().data).toHaveLength(1);
  });

  it('keys are made where none is given', async () => {
    await post('/consumers', { username: 'keyed' });

    expect((await post('/consumers/keyed/key-auth', {})).json<{ key: string }>().key).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it('references to vaults stay references', async () => {
    await post('/consumers', { username: 'vaulted' });
    const reference = '{vault://env/some-key}';
    const { json } = await post('/consumers/vaulted/jwt', { key: 'vaulted-jwt', secret: reference });

    expect(json()).toMatchObject({ secret: reference });
  });

  it('kinds without names refuse what is no id', async () => {
    expect((await get('/acls/readers')).json()).toMatchObject({
      code: 1,
      message: `invalid primary key: '{id="expected a valid UUID"}'`,
    });
  });
});
