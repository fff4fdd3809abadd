import type { RouterFlavor } from './router-rules.js';

/** `name:port`, as Host headers and hosts of Routes are written, taken apart. */
export interface HostParts {
  readonly name: string;
  /** `undefined`: there is none. */
  readonly port: number | undefined;
}

/**
 * How a router takes hosts apart. Flavor `traditional` knows IPv6 addresses, takes the brackets off and takes digits only for
 * a port (kong/router/traditional.lua, split_port). The others cut at the first colon if what follows reads as a number;
 * else, as in `a.test:` and `[::1]:80`, all of it is the name (kong/router/transform.lua, split_host_port).
 */
export function hostParts(host: string, flavor: RouterFlavor): HostParts {
  if (flavor === 'traditional') return { name: hostName(host), port: hostPort(host) };
  const colon = host.indexOf(':');
  if (colon < 0 || colon + 1 === host.length) return { name: host, port: undefined };
  const port = Number(host.slice(colon + 1));
  return Number.isNaN(port) ? { name: host, port: undefined } : { name: host.slice(0, colon), port };
}

function hostName(host: string): string {
  const end = nameEnd(host);
  if (host.startsWith('[') && host[end - 1] === ']') return host.slice(1, end - 1);
  return end === host.length ? host : host.slice(0, end);
}

function hostPort(host: string): number | undefined {
  const end = nameEnd(host);
  return end + 1 < host.length ? Number(host.slice(end + 1)) : undefined;
}

/** Where the colon before the port is, or the end. Colons of a bare IPv6 address begin no port. */
function nameEnd(host: string): number {
  const colon = host.startsWith('[') ? host.indexOf(':', Math.max(host.indexOf(']'), 0)) : host.indexOf(':');
  return colon >= 0 && isNumber(host, colon + 1) ? colon : host.length;
}

function isNumber(host: string, start: number): boolean {
  for (let at = start; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}
