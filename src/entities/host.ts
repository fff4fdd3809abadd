import { isIP } from 'node:net';

/** A host as URLs and Host headers write it: an IPv6 address stands in brackets (RFC 3986, 3.2.2). */
export const hostInUrl = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** A host as it is dialled: without the brackets. */
export const hostFromUrl = (text: string): string => text.replace(/^\[(.*)\]$/, '$1');

/** What a TLS server is asked to identify as. An IP address is no server name (RFC 6066, 3). */
export const serverName = (host: string): string | undefined => (isIP(host) > 0 ? undefined : host);
