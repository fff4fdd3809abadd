import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Route } from '../entities/route.js';
import { type ConnectionFacts, ProxiedRequest } from '../pdk/proxied-request.js';
import { serialize } from './log-record.js';

describe('The log record', () => {
  it('shows that a credential was sent, and never which', () => {
    const { headers } = serialize(
      aRequest({ headers: ['Authorization', 'Bearer s', 'proxy-authorization', 'b'] }),
    ).request;

    expect(headers).toEqual({ authorization: 'REDACTED', 'proxy-authorization': 'REDACTED' });
  });

  it('shows that a secret was in the query, and never which', () => {
    const request = aRequest({ target: '/a?b=1&key=s1&k%65y=s2&key&c=key=s3' });
    request.secretParameters = ['key'];
    request.upstreamUri = '/up?key=s4';

    const { request: shown, upstream_uri } = serialize(request);

    const hidden = '/a?b=1&key=REDACTED&k%65y=REDACTED&key&c=key=s3';
    expect(shown).toMatchObject({ uri: hidden, url: `http://example.test:8000${hidden}` });
    expect(shown.querystring).toEqual({ b: '1', key: ['REDACTED', 'REDACTED', true], c: 'key=s3' });
    expect(upstream_uri).toBe('/up?key=REDACTED');
  });

  it('tells the TLS parameters of a client that came with TLS', () => {
    const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', clientVerify: 'NONE' };

    const { request } = serialize(aRequest({ connection: { scheme: 'https', port: 8443, tls } }));

    expect(request.tls).toEqual({ version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', client_verify: 'NONE' });
    expect(request.url).toBe('https://example.test:8443/a?b=1');
  });

  it.each([
    ['Example.TEST:8080', 'example.test'],
    ['[::1]:8000', '[::1]'],
    ['[::1]', '[::1]'],
    ['', 'kong'],
  ])('writes the host %j in the URL as %s', (host, expected) => {
    expect(serialize(aRequest({ connection: { host } })).request.url).toBe(`http://${expected}:8000/a?b=1`);
  });

  it('takes headers whose names are those of object members for what they are', () => {
    const { headers } = serialize(aRequest({ headers: ['constructor', 'a', 'constructor', 'b'] })).request;

    expect(headers).toEqual({ constructor: ['a', 'b'] });
  });

  it('joins the statuses of all tries, the gateway’s own where the upstream gave none', () => {
    const request = aRequest();
    request.attempts.push({ ...aTry, state: 'failed', code: 502 }, { ...aTry, state: 'next', code: 503, status: 503 });
    request.attempts.push({ ...aTry, status: 200 });

    expect(serialize(request).upstream_status).toBe('502, 503, 200');
  });

  it('has no tries without a Route, and an empty list of them when the balancer was not reached', () => {
    const routed = aRequest();
    routed.route = aRoute();

    expect(serialize(aRequest())).not.toHaveProperty('tries');
    expect(serialize(routed).tries).toEqual([]);
  });

  it('measures latencies between whole moments, and -1 for an upstream that was not asked', () => {
    const request = aRequest();
    Object.assign(request.moments, { dispatched: 103.4, headReceived: 150.6, finished: 160.2 });
    expect(serialize(request).latencies).toEqual({ request: 60, kong: 3, proxy: -1, receive: 0 });

    request.proxied = true;
    expect(serialize(request).latencies).toEqual({ request: 60, kong: 3, proxy: 47, receive: 10 });
  });

  it('tells what would have gone upstream when a plugin answered first, and nothing without a Route', () => {
    const request = aRequest();
    request.serviceRequest.path = '/up';
    expect(serialize(request).upstream_uri).toBe('');

    request.route = aRoute();
    expect(serialize(request).upstream_uri).toBe('/up?b=1');
  });

  it('lets a log field reach into an entity for its own record only', () => {
    const route = aRoute();
    const changed = aRequest();
    changed.route = route;
    changed.logFields.set('route.name', 'changed');
    changed.logFields.set('route.service.id', 'changed');
    const other = aRequest();
    other.route = route;

    expect(serialize(changed).route).toMatchObject({ name: 'changed', service: { id: 'changed' } });
    expect(serialize(other).route).toMatchObject({ name: 'r', service: { id: 's' } });
  });

  it('leaves out what is unset in an entity, and says its workspace', () => {
    const request = aRequest();
    request.route = aRoute();
    const { route, workspace } = serialize(request);

    expect(route).not.toHaveProperty('hosts');
    expect(route).toMatchObject({ ws_id: workspace, tags: [] });
  });
});

const aTry = { balancerStart: 1_700_000_000_000.25, balancerLatency: 0.25, ip: '127.0.0.1', port: 9000 };

function aRoute(): Route {
  return Object.assign(new Route(), { id: 'r-id', name: 'r', service: { id: 's' }, tags: [] });
}

interface Given {
  readonly target?: string;
  readonly headers?: string[];
  readonly connection?: Partial<ConnectionFacts>;
}

function aRequest(given: Given = {}): ProxiedRequest {
  const incoming = new IncomingMessage(new Socket());
  Object.assign(incoming, { method: 'GET', url: given.target ?? '/a?b=1', rawHeaders: given.headers ?? [] });
  const connection: ConnectionFacts = {
    scheme: 'http',
    host: 'example.test',
    port: 8000,
    clientIp: '127.0.0.1',
    clientPort: 40_000,
    peerIp: '127.0.0.1',
    trusted: false,
    ...given.connection,
  };
  return new ProxiedRequest(
    incoming,
    new ServerResponse(incoming),
    'a'.repeat(32),
    100,
    1_700_000_000_000,
    connection,
    undefined,
  );
}
