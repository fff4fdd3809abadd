import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Consumer } from '../entities/consumer.js';
import type { LogRecord } from '../pdk/log-record.js';
import { ProxiedRequest } from '../pdk/proxied-request.js';
import { CustomFields, luaFault } from './custom-fields.js';
import { serialize } from './log-record.js';

/** The record of a request like those below, with one field `f` computed by this Lua. */
const recordWith = (lua: string, change: (request: ProxiedRequest) => void = () => {}) =>
  recordWithAll({ f: lua }, change);

function recordWithAll(
  sources: Record<string, string>,
  change: (request: ProxiedRequest) => void = () => {},
): LogRecord {
  const request = aRequest();
  change(request);
  const record = serialize(request);
  CustomFields.compile(sources, 'sandbox')?.addTo(record, request);
  return record;
}

describe('Custom fields by Lua', () => {
  it.each<[string, unknown]>([
    ['return kong.request.get_method()', 'POST'],
    ['return kong.request.get_path()', '/a b'],
    ['return kong.request.get_raw_path()', '/a%20b'],
    ['return kong.request.get_path_with_query()', '/a%20b?x=1&x=2&flag'],
    ['return kong.request.get_raw_query()', 'x=1&x=2&flag'],
    ['return kong.request.get_query().x', ['1', '2']],
    ['return kong.request.get_query_arg("x")', '1'],
    ['return kong.request.get_query_arg("flag")', true],
    ['return kong.request.get_header("X-Team")', 'blue'],
    ['return kong.request.get_header("x_team")', 'blue'],
    ['return kong.request.get_headers()["x_team"]', 'blue'],
    ['return kong.request.get_headers().x_missing or "none"', 'none'],
    ['return kong.request.get_scheme() .. kong.request.get_host() .. kong.request.get_port()', 'httpexample.test8000'],
    ['return kong.response.get_status()', 201],
    ['return kong.response.get_header("Content-Type")', 'text/plain'],
    ['return kong.response.get_source()', 'service'],
    ['return kong.service.response.get_status()', 200],
    ['return kong.client.get_ip()', '10.0.0.9'],
    ['return kong.client.get_forwarded_ip()', '10.0.0.1'],
    ['local c = kong.client.get_consumer() return c and c.username', 'alice'],
    ['return kong.ctx.shared.seen', 7],
    ['return kong.log.serialize().latencies.proxy', -1],
    ['return ngx.var.http_x_team .. ngx.var.arg_x .. ngx.var.status', 'blue1201'],
    ['return ngx.status .. ngx.header["Content-Type"] .. ngx.header.content_type', '201text/plaintext/plain'],
    ['return ngx.req.get_method() .. ngx.req.get_headers()["X-Team"] .. ngx.req.get_uri_args().x[2]', 'POSTblue2'],
    ['return ngx.resp.get_headers()["content-type"]', 'text/plain'],
    ['return ngx.utctime():match("^%d+%-%d%d%-%d%d %d%d:%d%d:%d%d$") ~= nil and #ngx.today()', 10],
    ['return ngx.encode_base64("a")', 'YQ=='],
    ['return { a = 1, list = { "x", "y" } }', { a: 1, list: ['x', 'y'] }],
    ['return 10 / 4', 2.5],
    ['return 1 / 3', 0.33333333333333],
    ['return string.upper("grün")', 'GRüN'],
  ])('%s', (lua, expected) => {
    expect(recordWith(lua)['f']).toEqual(expected);
  });

  it('nest by dots, replace what is there, and remove it with nil', () => {
    const record = recordWithAll({ 'a.b': 'return 7', workspace_name: 'return "mine"', upstream_uri: 'return nil' });

    expect(record).toMatchObject({ a: { b: 7 }, workspace_name: 'mine' });
    expect(record).not.toHaveProperty('upstream_uri');
  });

  it('may set further fields themselves', () => {
    const lua = 'kong.log.set_serialize_value("extra.deep", 1, { mode = "add" }) return nil';

    expect(recordWith(lua)).toMatchObject({ extra: { deep: 1 } });
  });

  it.each([
    ['fails', 'return nothing.here'],
    ['never ends', 'while true do end'],
    ['fills the memory', 'local s = "x" while true do s = s .. s end'],
  ])('are left out when their code %s, without the line or another field', (_how, lua) => {
    const record = recordWithAll({ f: lua, other: 'return 1' });

    expect(record).not.toHaveProperty('f');
    expect(record['other']).toBe(1);
  });

  it('cannot change the request, reach files or start programs', () => {
    for (const lua of [
      'kong.request.get_headers().a = 1 return 1',
      'return io.open("/etc/passwd")',
      'return os.execute("id")',
    ]) {
      expect(recordWith(lua)).not.toHaveProperty('f');
    }
  });

  it('know what a body was only when somebody has read it', () => {
    const read = (request: ProxiedRequest) => request.body.replace(Buffer.from('{"model":"m"}'));

    expect(recordWith('return kong.request.get_body().model', read)['f']).toBe('m');
    expect(recordWith('return kong.request.get_raw_body() or "unread"')['f']).toBe('unread');
  });

  it('are refused where Lua is switched off', () => {
    expect(() => CustomFields.compile({ f: 'return 1' }, 'off')).toThrow("the setting untrusted_lua is 'off'");
    expect(CustomFields.compile({}, 'off')).toBeUndefined();
  });

  it('are refused by the schema when they are not Lua', () => {
    expect(luaFault('return (')).toMatch(/^Error parsing function: /);
    expect(luaFault('return 1')).toBeUndefined();
  });
});

function aRequest(): ProxiedRequest {
  const incoming = new IncomingMessage(new Socket());
  Object.assign(incoming, {
    method: 'POST',
    url: '/a%20b?x=1&x=2&flag',
    rawHeaders: ['X-Team', 'blue', 'Content-Length', '13'],
    headers: { 'content-length': '13' },
    httpVersion: '1.1',
  });
  const connection = {
    scheme: 'http',
    host: 'example.test:8000',
    port: 8000,
    clientIp: '10.0.0.1',
    clientPort: 40_000,
    peerIp: '10.0.0.9',
    trusted: false,
  } as const;
  const request = new ProxiedRequest(
    incoming,
    new ServerResponse(incoming),
    'a'.repeat(32),
    100,
    1,
    connection,
    undefined,
  );
  request.path = '/a b';
  request.status = 201;
  request.source = 'upstream';
  request.responseHeaders.append('content-type', 'text/plain');
  request.consumer = Object.assign(new Consumer(), { id: 'c', username: 'alice' });
  request.shared['seen'] = 7;
  request.attempts.push({ balancerStart: 1, balancerLatency: 0, ip: '127.0.0.1', port: 1, status: 200 });
  return request;
}
