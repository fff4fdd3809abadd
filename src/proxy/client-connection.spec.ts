import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { ClientConnections } from './client-connection.js';

/** A request that came from 127.0.0.1 with these headers. */
function from(flat: readonly string[]): IncomingMessage {
  const headers: Record<string, string> = {};
  for (let index = 0; index < flat.length; index += 2) {
    const [name, value] = [(flat[index] as string).toLowerCase(), flat[index + 1] as string];
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const socket = { remoteAddress: '127.0.0.1', remotePort: 40000, localPort: 8000 };
  return { url: '/', headers, rawHeaders: flat, socket } as unknown as IncomingMessage;
}

function clientOf(flat: readonly string[], realIpHeader: string, realIpRecursive = false): string {
  const trustedIps = ['127.0.0.1', '10.0.0.0/8'];
  const connections = new ClientConnections({ trustedIps, realIpHeader, realIpRecursive, portMaps: new Map() });
  return connections.factsOf(from(flat)).clientIp;
}

describe('the client behind a trusted peer (nginx ngx_http_realip_module)', () => {
  it.each([
    [['X-Real-IP', '1.2.3.4'], '1.2.3.4'],
    [['X-Real-IP', '1.2.3.4:80'], '1.2.3.4'],
    [['X-Real-IP', '1.2.3.4, 5.6.7.8'], '5.6.7.8'],
    [['X-Real-IP', '1.2.3.4', 'X-Real-IP', '5.6.7.8'], '1.2.3.4'],
    [['X-Real-IP', '2001:DB8:0::1'], '2001:db8::1'],
    [['X-Real-IP', '[2001:db8::1]:80'], '2001:db8::1'],
    [['X-Real-IP', 'bad'], '127.0.0.1'],
    [['X-Real-IP', ''], '127.0.0.1'],
    [[], '127.0.0.1'],
  ])('by X-Real-IP: %j is %s', (flat, client) => {
    expect(clientOf(flat, 'X-Real-IP')).toBe(client);
  });

  it.each([
    ['1.2.3.4, 10.0.0.7', '10.0.0.7', '1.2.3.4'],
    ['10.0.0.7, 10.0.0.8', '10.0.0.8', '10.0.0.7'],
    ['1.2.3.4, bad', '127.0.0.1', '127.0.0.1'],
    ['bad, 10.0.0.3', '10.0.0.3', '10.0.0.3'],
    ['1.2.3.4,  , 10.1.1.1', '10.1.1.1', '1.2.3.4'],
    ['1.2.3.4 10.0.0.1', '10.0.0.1', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4', '1.2.3.4'],
    ['9.9.9.9, 1.2.3.4, 10.0.0.1', '10.0.0.1', '1.2.3.4'],
  ])('by X-Forwarded-For: %j is %s, and recursively %s', (value, last, recursive) => {
    const flat = ['X-Forwarded-For', value];
    expect(clientOf(flat, 'X-Forwarded-For')).toBe(last);
    expect(clientOf(flat, 'X-Forwarded-For', true)).toBe(recursive);
  });
});
