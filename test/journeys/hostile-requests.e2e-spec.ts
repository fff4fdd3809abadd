import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { rawExchange } from '../support/raw-exchange.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

const HOST = 'Host: a.test\r\n';
const post = (headers: string, body = '') => `POST /echo HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const get = (headers: string) => `GET /echo HTTP/1.1\r\n${HOST}${headers}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const SMUGGLED = 'GET /admin HTTP/1.1\r\nHost: a.test\r\n\r\n';

const headersOf = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `X-${index}: ${'a'.repeat(length)}\r\n`).join('');

/** Requests that are refused: nothing of them may reach the upstream, and the connection must not be used on. */
const REFUSED: readonly (readonly [what: string, bytes: string])[] = [
  // The request line
  ['a line that is no request', 'GARBAGE\r\n\r\n'],
  ['a request line without a target', 'GET HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a request line without a version', 'GET /echo\r\nHost: a.test\r\n\r\n'],
  ['a version that does not exist', 'GET /echo HTTP/9.9\r\nHost: a.test\r\n\r\n'],
  ['another protocol in the version', 'GET /echo SIP/2.0\r\nHost: a.test\r\n\r\n'],
  ['a version in lower case', 'GET /echo http/1.1\r\nHost: a.test\r\n\r\n'],
  ['a method with a space in it', 'GE T /echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a method nobody knows', 'FETCH /echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a method in lower case', 'get /echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a target with a space in it', 'GET /echo x HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a target with a null byte', 'GET /ec\0ho HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a target with a tab', 'GET /ec\tho HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['the preface of HTTP/2 on a plain port', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS hello on a plain port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  ['a target of 40 KB', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a.test\r\n\r\n`],
  ['a target that is no path', 'GET echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a target that asks about the server', 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a user in an absolute target', 'GET http://u@a.test/echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a port that is none in an absolute target', 'GET http://a.test:x/echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['a request line of a byte too many', `GET /${'a'.repeat(8177)} HTTP/1.1\r\nHost: a.test\r\n\r\n`],
  // Headers
  ['two Hosts', 'GET /echo HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n'],
  ['the same Host twice', 'GET /echo HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n'],
  ['a Host with a slash', 'GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['a Host with a space', 'GET /echo HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['a Host with an empty label', 'GET /echo HTTP/1.1\r\nHost: a..test\r\n\r\n'],
  ['a Host that is only a port', 'GET /echo HTTP/1.1\r\nHost: :80\r\n\r\n'],
  ['two Authorizations', get('Authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\n')],
  ['two If-Matches', get('If-Match: "a"\r\nIf-Match: "b"\r\n')],
  ['no Host', 'GET /echo HTTP/1.1\r\n\r\n'],
  ['a header without a colon', get('Broken header\r\n')],
  ['a header with a space before its colon', get('X-A : 1\r\n')],
  ['a header with no name', get(': 1\r\n')],
  ['a header name with a slash', get('X/A: 1\r\n')],
  ['a header name with a quote', get('X"A: 1\r\n')],
  ['a header name with a null byte', get('X\0A: 1\r\n')],
  ['a header value with a null byte', get('X-A: 1\x002\r\n')],
  ['a header value with a bare CR', get('X-A: 1\rX-B: 2\r\n')],
  ['a folded header', get('X-A: 1\r\n 2\r\n')],
  ['a folded header with a tab', get('X-A: 1\r\n\t2\r\n')],
  ['a folded first header', 'GET /echo HTTP/1.1\r\n X-A: 1\r\nHost: a.test\r\n\r\n'],
  ['a header of 40 KB', get(`X-Big: ${'a'.repeat(40_000)}\r\n`)],
  ['a header of a byte too many', get(`X-Big: ${'a'.repeat(8184)}\r\n`)],
  ['headers for one buffer too many', get(headersOf(9, 3000))],
  ['40 KB of headers in all', get(Array.from({ length: 50 }, (_, i) => `X-${i}: ${'a'.repeat(800)}\r\n`).join(''))],
  // Framing
  ['a Content-Length that is no number', post('Content-Length: five\r\n', 'hello')],
  ['a negative Content-Length', post('Content-Length: -5\r\n', 'hello')],
  ['a Content-Length with a plus sign', post('Content-Length: +5\r\n', 'hello')],
  ['a hexadecimal Content-Length', post('Content-Length: 0x5\r\n', 'hello')],
  ['a Content-Length with a fraction', post('Content-Length: 5.0\r\n', 'hello')],
  ['a Content-Length list', post('Content-Length: 5, 5\r\n', 'hello')],
  ['an empty Content-Length', post('Content-Length: \r\n', '')],
  ['a Content-Length beyond all numbers', post('Content-Length: 99999999999999999999\r\n', 'hello')],
  ['two Content-Lengths that differ', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!')],
  ['two Content-Lengths that agree', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')],
  ['Content-Length beside chunked', post(`Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`)],
  ['chunked beside Content-Length', post(`${CHUNKED}Content-Length: 5\r\n`, `0\r\n\r\n${SMUGGLED}`)],
  ['a transfer coding nobody knows', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
  ['chunked that is not last', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n')],
  ['gzip as the last transfer coding', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n')],
  ['a transfer coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
  ['chunked in HTTP/1.0', `POST /echo HTTP/1.0\r\n${HOST}${CHUNKED}\r\n0\r\n\r\n`],
  ['a Transfer-Encoding with a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n')],
  ['a Transfer-Encoding name with a space', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
  ['a chunk size that is no number', post(CHUNKED, 'zz\r\nhello\r\n0\r\n\r\n')],
  ['a negative chunk size', post(CHUNKED, '-5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with 0x', post(CHUNKED, '0x5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size beyond all numbers', post(CHUNKED, 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n')],
  ['a chunk longer than its size', post(CHUNKED, '3\r\nhello\r\n0\r\n\r\n')],
  ['a chunk that ends without CRLF', post(CHUNKED, '5\r\nhello0\r\n\r\n')],
  ['a chunk that ends with a bare LF', post(CHUNKED, '5\r\nhello\n0\r\n\r\n')],
  ['a chunk size that ends with a bare LF', post(CHUNKED, '5\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a space before CRLF', post(CHUNKED, '5 \r\nhello\r\n0\r\n\r\n')],
  ['an endless chunk extension', post(CHUNKED, `5;${'a'.repeat(40_000)}\r\nhello\r\n0\r\n\r\n`)],
  ['a trailer that is no header', post(CHUNKED, '5\r\nhello\r\n0\r\nbroken trailer\r\n\r\n')],
  ['headers ended by bare LFs', 'GET /echo HTTP/1.1\nHost: a.test\n\n'],
  ['one header ended by a bare LF', get('X-A: 1\nX-B: 2\r\n')],
  ['a head that ends with LF CR LF', `GET /echo HTTP/1.1\r\nHost: a.test\n\r\n`],
  // Methods that are no business of a reverse proxy
  ['TRACE', 'TRACE /echo HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ['CONNECT', 'CONNECT internal.test:443 HTTP/1.1\r\nHost: internal.test:443\r\n\r\n'],
];

describe('a hostile request', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await echoUpstream();
    const routes = [{ name: 'echo', paths: ['/'], strip_path: false }];
    const services = [{ name: 'echo', url: upstream.url, routes }];
    gateway = await startGateway({ _format_version: '3.0', services });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('comes in at least sixty kinds', () => {
    expect(REFUSED.length).toBeGreaterThanOrEqual(60);
  });

  it.each(REFUSED)('with %s is answered 4xx, forwarded to nobody, and ends its connection', async (_, bytes) => {
    const before = upstream.seen.length;

    const { statuses, closed } = await rawExchange(gateway.proxyPort, bytes);

    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(statuses[0]).toBeLessThan(500);
    expect(closed).toBe(true);
    expect(upstream.seen.slice(before).filter(({ complete }) => complete)).toEqual([]);
  });

  it.each([
    ['a header that just fits', `X-Big: ${'a'.repeat(8183)}\r\n`],
    ['several long headers', headersOf(4, 3000)],
    ['hundreds of headers', headersOf(200, 60)],
  ])('is not one with %s', async (_, headers) => {
    const { statuses } = await rawExchange(gateway.proxyPort, get(`${headers}Connection: close\r\n`));
    expect(statuses).toEqual([200]);
  });

  it('leaves the gateway as it was', async () => {
    const { statuses } = await rawExchange(gateway.proxyPort, get('Connection: close\r\n'));
    expect(statuses).toEqual([200]);
  });
});
