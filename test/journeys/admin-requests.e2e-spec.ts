import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminEntity, type AdminPage, adminCalls } from '../support/admin-calls.js';
import { eventually } from '../support/eventually.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  // Without a folder named the store is in the gateway's home, which the test gave it.
  gateway = await startGateway({}, { env: { KONG_DATABASE: 'embedded' }, readyPath: '/status' });
}, 60_000);
afterAll(() => gateway.stop());

const { send, get, post, put, form } = adminCalls(() => gateway.admin);

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
      const page: AdminPage = (await get(path)).json<AdminPage>();
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
    expect((await get(`/consumers?tags=${encodeURIComponent(tags)}`)).json<AdminPage>().data).toHaveLength(count);
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
    const { next } = (await get('/tags?size=2')).json<AdminPage>();

    expect(next).toMatch(/^\/tags\?offset=[\w-]+&size=2$/);
    expect((await get(String(next))).json<AdminPage>().data).toHaveLength(2);
    expect((await get('/tags?offset=x')).json()).toMatchObject({ code: 7 });
  });

  it('tell which entities carry a tag', async () => {
    const { data } = (await get('/tags/odd')).json<{ data: object[] }>();

    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({ entity_name: 'consumers', tag: 'odd', entity_id: expect.any(String) });
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

    const { id } = created.json<AdminEntity>();
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
