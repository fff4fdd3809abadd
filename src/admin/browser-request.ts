import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostFromUrl } from '../entities/host.js';

/**
 * Whether a browser sends a request for a page of another site. It says so itself where it trusts the address; where it does
 * not, as over plain HTTP to a machine of the network, only the page's origin tells.
 */
export function isForAnotherSite({ origin, host, 'sec-fetch-site': relation }: IncomingHttpHeaders): boolean {
  if (relation !== undefined) return relation === 'cross-site';
  return origin !== undefined && hostName(host ?? '') !== hostFromUrl(URL.parse(origin)?.hostname ?? '');
}

/** Names nobody can have in the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN for `internal`). */
const PRIVATE = /(^|\.)(localhost|local|internal|test|home\.arpa)$/;

/**
 * Whether a name is one that a stranger can have and point at this machine, so that a browser takes his page and us for one site
 * (DNS rebinding). Addresses are not, nor are names without a dot.
 */
export function isPublicName(host: string): boolean {
  const name = hostName(host);
  return name.includes('.') && isIP(name) === 0 && !PRIVATE.test(name);
}

/** Of a Host header: as URLs write it, but without brackets. */
function hostName(host: string): string {
  const name = URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '') ?? '';
  return hostFromUrl(name);
}
