import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type CallOptions, call } from '../support/call.js';
import { eventually } from '../support/eventually.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const NOWHERE = '00000000-0000-4000-8000-000000000000';

let gateway: Gateway;
beforeAll(async () => {
  // Without a folder named the store is in the gateway's home, which the test gave it.
  gateway = await startGateway({}, { env: { KONG_DATABASE: 'embedded' }, readyPath: '/status' });
}, 60_000);
afterAll(() => gateway.stop());

const send = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  call(gateway.admin + path, { ...options, method });
const get = (path: string) => send('GET', path);
const post = (path: string, body: object) => send('POST', path, { body });
const put = (path: string, body: object) => send('PUT', path, { body });
const patch = (path: string, body: object) => send('PATCH', path, { body });
const remove = (path: string) => send('DELETE', path);
const form = (method: string, path: string, body: string) => send(method, path, { body, headers: FORM });

interface Entity {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly updated_at: number;
}
interface Page {
  readonly data: Entity[];
  readonly next: string | null;
  readonly offset?: string;
}

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
    const { id } = (await post('/consumers', { username: 'with-id' })).json<Entity>();

    expect((await post('/consumers', { id, username: 'same-id' })).json()).toMatchObject({
      code: 3,
      message: `primary key violation on key '{id="${id}"}'`,
    });
  });

  it('takes a plugin once per place', async () => {
    const { id } = (await post('/services', { name: 'logged', host: 'a.test' })).json<Entity>();
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
    const { id, created_at } = first.json<Entity>();

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
    const { id } = (await post('/plugins', plugin)).json<Entity>();

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
    const { id } = (await post('/consumers/owner/key-auth', { key: 'owned-key' })).json<Entity>();

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
    expect((await get('/services/above/routes')).json<Page>().data.map(({ name }) => name)).toEqual(['below']);
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
    const above = (await get('/services/above')).json<Entity>();

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
    expect((await get('/routes/lonely')).json()).toMatchObject({ service: { id: json<Entity>().id } });
  });
});

describe('lists', () => {
  const names = Array.from({ length: 5 }, (_, index) => `paged-${index}`);
  beforeAll(async () => {
    for (const [index, username] of names.entries()) {
      await post('/consumers', { username, custom_id: `id-${username}`, tags: ['paged', index % 2 ? 'odd' : 'even'] });
    }
  });

  it('are walked page by page, without repeating or leaving out', async () => {
    const seen: string[] = [];
    let path: string | null = '/consumers?size=2&tags=paged';
    while (path !== null) {
      const page: Page = (await get(path)).json<Page>();
      seen.push(...page.data.map((consumer) => (consumer as unknown as { username: string }).username));
      expect('offset' in page).toBe(page.next !== null);
      path = page.next;
    }

    expect(seen.sort()).toEqual(names);
  });

  it.each([
    ['paged,odd', 2],
    ['odd/even', 5],
    ['paged,nobody', 0],
  ])('are filtered by tags: %s', async (tags, count) => {
    expect((await get(`/consumers?tags=${encodeURIComponent(tags)}`)).json<Page>().data).toHaveLength(count);
  });

  it.each([
    ['size=x', { code: 9, message: 'size must be a number' }],
    ['size=0', { code: 9, message: 'size must be an integer between 1 and 1000' }],
    ['size=1001', { code: 9, message: 'size must be an integer between 1 and 1000' }],
    ['size=1&size=2', { code: 9, message: 'size must be a number' }],
    ['a'.concat('&a'.repeat(1000)), { message: 'Too many arguments' }],
    ['tags=/a', { code: 11, message: 'invalid option (tags: invalid filter syntax)' }],
    ['tags=a,,b', { code: 11, message: 'invalid option (tags: invalid filter syntax)' }],
    ['tags=%00', { code: 11, message: 'invalid option (tags: invalid filter syntax)' }],
    ['offset=x', { code: 7, message: "'x' is not a valid offset: bad base64 encoding" }],
    ['tags=a,b/c', { code: 11, message: 'invalid option (tags: invalid filter syntax)' }],
  ])('refuse ?%s', async (query, error) => {
    const { status, json } = await get(`/consumers?${query}`);

    expect(status).toBe(400);
    expect(json()).toMatchObject(error);
  });

  it('find a consumer by custom_id', async () => {
    expect((await get('/consumers?custom_id=id-paged-3')).json()).toMatchObject({
      data: [{ username: 'paged-3' }],
      next: null,
    });
    expect((await get('/consumers?custom_id=nobody')).json()).toEqual({ data: [], next: null });
  });

  it.each(['custom_id=', 'custom_id', 'custom_id=a&custom_id=b'])('find no consumer by %s', async (query) => {
    expect(await get(`/consumers?${query}`)).toMatchObject({
      status: 400,
      text: '{"message":"custom_id must be an unempty string"}',
    });
  });

  it('of tags keep the size they are walked by', async () => {
    const { next } = (await get('/tags?size=2')).json<Page>();

    expect(next).toMatch(/^\/tags\?offset=[\w-]+&size=2$/);
    expect((await get(String(next))).json<Page>().data).toHaveLength(2);
    expect((await get('/tags?offset=x')).json()).toMatchObject({ code: 7 });
  });

  it('tell which entities carry a tag', async () => {
    const { data } = (await get('/tags/odd')).json<{ data: object[] }>();

    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({ entity_name: 'consumers', tag: 'odd', entity_id: expect.any(String) });
  });
});

describe('kinds with ways of their own', () => {
  const [cert, key] = ['server.pem', 'server.key.pem'].map((file) =>
    readFileSync(new URL(`../support/tls/${file}`, import.meta.url), 'utf8'),
  );

  it('certificates are written and found with the names they are shown for', async () => {
    const created = await post('/certificates', { cert, key, snis: ['b.test', 'a.test'] });
    const { id } = created.json<Entity>();
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
    expect((await get('/upstreams/targets.test/targets/all')).json<Page>().data).toHaveLength(1);
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
    const group = (await post('/consumer_groups', { name: 'gold' })).json<Entity>();
    const consumer = (await post('/consumers', { username: 'golden' })).json<Entity>();

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
    expect((await get('/mtls-auths')).json<Page>().data).toHaveLength(1);
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

describe('bodies', () => {
  it('may be forms', async () => {
    const fields = 'name=by-form&url=http://f.test:81/x&retries=2&tags[]=a&tags[]=b&enabled=true&path=';

    expect((await form('POST', '/services', fields)).json()).toMatchObject({
      name: 'by-form',
      host: 'f.test',
      port: 81,
      retries: 2,
      tags: ['a', 'b'],
      enabled: true,
    });
    expect((await form('POST', '/services/by-form/routes', 'paths=/a&paths=/b&headers.x-a[1]=v')).json()).toMatchObject(
      {
        paths: ['/a', '/b'],
        headers: { 'x-a': ['v'] },
      },
    );
    expect((await form('PATCH', '/services/by-form', 'tags=')).json()).toMatchObject({ tags: null });
  });

  it("give a plugin's configuration the types it has, when it is created and when it is changed", async () => {
    const created = await form(
      'POST',
      '/services/by-form/plugins',
      'name=file-log&config.path=/tmp/f.log&config.reopen=true',
    );
    expect(created.json()).toMatchObject({ config: { path: '/tmp/f.log', reopen: true } });

    const { id } = created.json<Entity>();
    expect((await form('PATCH', `/plugins/${id}`, 'config.reopen=false')).json()).toMatchObject({
      config: { reopen: false },
    });
  });

  it('may be multipart', async () => {
    const data = new FormData();
    data.append('username', 'by-multipart');
    data.append('tags[]', 'm');
    const response = await fetch(`${gateway.admin}/consumers`, { method: 'POST', body: data });

    expect(await response.json()).toMatchObject({ username: 'by-multipart', tags: ['m'] });
  });

  it.each([
    ['{"a":', { 'content-type': 'application/json' }, 400, '{"message":"Cannot parse JSON body"}'],
    [
      `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
      { 'content-type': 'application/json' },
      400,
      '{"message":"Cannot parse JSON body"}',
    ],
    ['[1]', { 'content-type': 'application/json' }, 400, '{"message":"Cannot parse JSON body"}'],
    ['{"__proto__":{"x":1}}', { 'content-type': 'application/json' }, 400, '{"message":"Cannot parse JSON body"}'],
    ['{"name":"\\ud800"}', { 'content-type': 'application/json' }, 400, '{"message":"Cannot parse JSON body"}'],
    ['a: 1', { 'content-type': 'application/yaml' }, 415, ''],
    ['x', { 'content-type': 'text/plain' }, 415, ''],
  ])('%s of %j are refused', async (body, headers, status, text) => {
    expect(await send('POST', '/services', { body, headers })).toMatchObject({ status, text });
  });

  it('are kept as they were sent, or not at all', async () => {
    const body = Buffer.from('{"host":"a.test","path":"/\xff"}', 'latin1');
    const response = await fetch(`${gateway.admin}/services`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, await response.text()]).toEqual([400, '{"message":"Cannot parse JSON body"}']);

    expect((await form('POST', '/services', 'host=a.test&name=x%ff&tags[]=%ff')).json()).toMatchObject({
      fields: {
        name: 'invalid utf-8 character sequence detected at position 2',
        tags: ['invalid utf-8 character sequence detected at position 1'],
      },
    });
  });

  it('longer than the limit are refused before they are sent', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': 11 * 1024 * 1024 };

    expect(await send('POST', '/services', { body: '{', headers })).toMatchObject({
      status: 413,
      text: '{"message":"Payload too large"}',
    });
  });
});

describe('paths and methods', () => {
  it.each([
    ['/default/services/created', '/services/created'],
    ['/default/services?size=1', '/services?size=1'],
    ['/default/kong', '/'],
    ['/default', '/'],
  ])('may begin with the workspace: %s', async (path, same) => {
    expect((await get(path)).json()).toEqual((await get(same)).json());
  });

  it.each([
    ['GET', '/services/a%20b', 'name', /^invalid value 'a b': the only accepted ascii characters/],
    ['DELETE', '/upstreams/127.0.0.1', 'name', /^Invalid name \('127\.0\.0\.1'\); no ip addresses allowed$/],
    ['PUT', '/vaults/env', 'prefix', /^must not be one of: env$/],
    ['PATCH', '/services/%00/routes/x', 'name', /^invalid value/],
    ['GET', '/certificates/a%20b', 'name', /^invalid value: a b$/],
  ])('that name what nothing can be called are refused: %s %s', async (method, path, field, message) => {
    const { status, json } = await send(method, path, method === 'GET' ? {} : { body: {} });

    expect(status).toBe(400);
    expect(json()).toEqual({ code: 10, name: `invalid unique ${field}`, message: expect.stringMatching(message) });
  });

  it.each([
    ['/default-not/services', 404],
    ['/workspaces/default', 200],
    ['/workspaces/other', 404],
  ])('%s: %i', async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  it.each([
    ['GET', '/no-such-thing', 404],
    ['GET', '/services/a/b/c/d', 404],
    ['GET', '/services/a/nothing', 404],
    ['DELETE', '/services', 405],
    ['PUT', '/services', 405],
    ['POST', '/services/x', 405],
    ['POST', '/endpoints', 405],
    ['GET', '/schemas/services/validate', 405],
    ['PATCH', '/', 405],
    ['GET', '/services/', 200],
    ['HEAD', '/services', 200],
    ['HEAD', '/services/absent', 404],
    ['GET', '/schemas/services', 200],
    ['GET', '/schemas/nothing', 404],
    ['GET', '/schemas/plugins/file-log', 200],
    ['GET', '/schemas/plugins/nothing', 404],
    ['GET', '/schemas/vaults/env', 200],
    ['GET', '/plugins/enabled', 200],
    ['GET', '/status/dns', 501],
    ['DELETE', '/cache', 204],
    ['GET', '/cache/some-key', 404],
    ['GET', '/timers', 200],
    ['GET', '/config', 400],
    ['GET', '/%zz', 400],
  ])('%s %s: %i', async (method, path, status) => {
    expect((await send(method, path)).status).toBe(status);
  });

  it.each([
    ['/services', 'GET, HEAD, OPTIONS, POST'],
    ['/services/x', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    ['/', 'GET, HEAD, OPTIONS'],
    ['/schemas/services/validate', 'OPTIONS, POST'],
    ['/consumers/x/key-auth/y', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
  ])('OPTIONS %s allows %s', async (path, allowed) => {
    const { status, headers } = await send('OPTIONS', path);

    expect(status).toBe(204);
    expect(headers).toMatchObject({ allow: allowed, 'access-control-allow-methods': allowed });
  });

  it('are listed, with what stands for a name in braces', async () => {
    const { data } = (await get('/endpoints')).json<{ data: string[] }>();

    expect(data).toEqual(
      expect.arrayContaining([
        '/',
        '/services/{services}/routes/{routes}',
        '/consumers/{consumers}/key-auth',
        '/tags/{tags}',
      ]),
    );
    expect(data).not.toEqual(expect.arrayContaining([expect.stringContaining('/targets/{targets}/upstream')]));
  });

  it.each([
    ['services', { host: 'a.test' }, 200],
    ['services', {}, 400],
    ['plugins', { name: 'file-log', config: { path: '/tmp/x' } }, 200],
    ['plugins', { name: 'file-log', config: {} }, 400],
    ['vaults', { name: 'env', prefix: 'my-env' }, 200],
    ['nothing', {}, 404],
  ])('validate %s %j: %i', async (kind, body, status) => {
    expect((await post(`/schemas/${kind}/validate`, body)).status).toBe(status);
  });

  it('change how much is logged, for a while', async () => {
    const level = async () => (await get('/debug/node/log-level')).json();
    expect(await level()).toEqual({ message: 'log level: info' });

    expect((await put('/debug/node/log-level/debug?timeout=1', {})).json()).toEqual({ message: 'log level changed' });
    expect((await put('/debug/node/log-level/debug', {})).json()).toEqual({ message: 'log level is already debug' });
    expect(await put('/debug/node/log-level/loud', {})).toMatchObject({
      status: 400,
      text: '{"message":"unknown log level: loud"}',
    });
    expect(await level()).toEqual({ message: 'log level: debug' });

    const before = { message: 'log level: info' };
    const changedBack = async () => (isDeepStrictEqual(await level(), before) ? true : undefined);
    await eventually('the level to be what it was', changedBack, 5000);
  });

  it('describe the node', async () => {
    const node = (await get('/')).json<{ configuration: Record<string, unknown>; version: string }>();

    expect(node).toMatchObject({
      version: expect.stringMatching(/^3\.\d+\.\d+$/),
      edition: 'community',
      plugins: { available_on_server: { 'file-log': { priority: 9 } } },
      configuration: { database: 'embedded', log_level: 'info' },
    });
    expect((await send('GET', '/')).headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      server: expect.stringMatching(/^sluice\//),
      'x-kong-admin-latency': expect.stringMatching(/^\d+$/),
    });
  });
});
