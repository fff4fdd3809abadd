import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { rawExchange } from '../support/raw-exchange.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

type Expected = Readonly<Record<string, string | undefined>>;

/** What goes upstream of a request; as Kong 3.9.3's proxy and nginx word it. */
describe('request headers on their way to a plain Service', () => {
  let upstream: EchoUpstream;
  let stranger: Gateway;
  let trusting: Gateway;

  beforeAll(async () => {
    upstream = await echoUpstream();
    const services = [{ name: 'echo', url: upstream.url, routes: [{ name: 'strip', paths: ['/s'] }] }];
    const file = { _format_version: '3.0', services };
    [stranger, trusting] = await Promise.all([
      startGateway(file),
      startGateway(file, { env: { KONG_TRUSTED_IPS: '127.0.0.1' } }),
    ]);
  });
  afterAll(async () => {
    await stranger?.stop();
    await trusting?.stop();
    await upstream?.close();
  });

  async function seenOf(gateway: Gateway, head: string): Promise<Expected> {
    const before = upstream.seen.length;
    const { statuses } = await rawExchange(gateway.proxyPort, `${head}Connection: close\r\n\r\n`);
    expect(statuses).toEqual([200]);
    return upstream.seen[before]?.headers as Expected;
  }

  const get = (headers: string) => `GET /s/x HTTP/1.1\r\nHost: a.test\r\n${headers}`;

  it.each<[string, string, Expected]>([
    [
      'a full host name loses its last dot',
      'GET /s HTTP/1.1\r\nHost: A.test.:80\r\n',
      { 'x-forwarded-host': 'a.test' },
    ],
    ['a host of any scheme', 'GET ftp://b.test:81/s HTTP/1.1\r\nHost: a\r\n', { 'x-forwarded-host': 'b.test' }],
    ['no host at all', 'GET /s HTTP/1.0\r\n', { 'x-forwarded-host': 'kong' }],
    ['a name that is no plain name', get('X.Dot: 1\r\nX_Under: 1\r\n'), { 'x.dot': undefined, x_under: '1' }],
    ['trailers wanted', get('TE: deflate, Trailers\r\n'), { te: 'trailers' }],
    ['trailers wanted with a weight', get('TE: trailers;q=0.5\r\n'), { te: undefined }],
    ['forwarding headers of a stranger', get('X-Forwarded-Proto: https\r\n'), { 'x-forwarded-proto': 'http' }],
  ])('%s', async (_, head, expected) => {
    const seen = await seenOf(stranger, head);
    for (const [name, value] of Object.entries(expected)) expect([name, seen[name]]).toEqual([name, value]);
  });

  it.each<[string, string, Expected]>([
    ['what is said empty stays unsaid', get('X-Forwarded-Proto:\r\n'), { 'x-forwarded-proto': undefined }],
    ['nor is a prefix put in its place', get('X-Forwarded-Prefix:\r\n'), { 'x-forwarded-prefix': undefined }],
    ['what is said goes on', get('X-Forwarded-Prefix: /pre\r\n'), { 'x-forwarded-prefix': '/pre' }],
    ['an address with its port', get('X-Real-IP: 1.2.3.4:80\r\n'), { 'x-real-ip': '1.2.3.4' }],
  ])('of a trusted peer: %s', async (_, head, expected) => {
    const seen = await seenOf(trusting, head);
    for (const [name, value] of Object.entries(expected)) expect([name, seen[name]]).toEqual([name, value]);
  });

  it('Connection cannot take off where a request has come from', async () => {
    const named = 'Connection: x-forwarded-for, x-forwarded-proto, via, x-own\r\n';
    const head = get(`${named}X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nVia: 1.0 q\r\nX-Own: 1\r\n`);
    const before = upstream.seen.length;
    await rawExchange(trusting.proxyPort, `${head}\r\n`, 300);
    const { headers } = upstream.seen[before] as EchoUpstream['seen'][number];
    expect(headers['x-forwarded-for']).toBe('9.9.9.9, 127.0.0.1');
    expect(headers['x-forwarded-proto']).toBe('https');
    expect(headers['via']).toMatch(/^1\.0 q, 1\.1 /);
    expect(headers['x-own']).toBeUndefined();
  });

  it('Via tells the version a client speaks, a whole number without its zero', async () => {
    expect((await seenOf(stranger, 'GET /s HTTP/1.0\r\nHost: a\r\n'))['via']).toMatch(/^1 /);
    expect((await seenOf(stranger, get('')))['via']).toMatch(/^1\.1 /);
  });

  it('a fragment is not sent', async () => {
    const before = upstream.seen.length;
    await rawExchange(stranger.proxyPort, 'GET /s/x?a=1#f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(upstream.seen[before]?.path).toBe('/x?a=1');
  });
});
