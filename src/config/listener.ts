import { isIP } from 'node:net';
import type { SettingKind } from './setting.js';

/** An address the gateway listens on, as `proxy_listen` and its relatives describe it. */
export interface Listener {
  /** An IP address (without brackets) or a host name. */
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  /** Flag `ssl`. */
  readonly tls: boolean;
  readonly http2: boolean;
  /** Several processes may listen on this address. */
  readonly reusePort: boolean;
  /** Length of the queue of connections nobody has accepted yet; `undefined`: the system's. */
  readonly backlog: number | undefined;
  /** Whether an IPv6 address takes no IPv4 connections. */
  readonly ipv6Only: boolean;
}

/** Flags of nginx's `listen` that a Node server has no counterpart of, or has on always. */
const WITHOUT_EFFECT = /^(deferred|bind|so_keepalive=(on|off|\w*:\w*:\d*))$/;

/** Kong's `*_listen` settings: `0.0.0.0:8000 reuseport backlog=16384, 0.0.0.0:8443 http2 ssl`, or `off`. */
export const LISTENERS: SettingKind<readonly Listener[]> = {
  allowed:
    "'off' or a comma separated list of address:port, each with any of ssl, http2, reuseport, backlog=<number>, " +
    'deferred, bind, ipv6only=on|off, so_keepalive=on|off (proxy_protocol is not built)',
  parse(text) {
    if (text.trim() === 'off') return [];
    const listeners = text.split(',').map((entry) => listenerFrom(entry.trim()));
    return listeners.includes(undefined) ? undefined : (listeners as Listener[]);
  },
};

function listenerFrom(entry: string): Listener | undefined {
  const [address = '', ...flags] = entry.split(/\s+/);
  const place = placeFrom(address);
  if (!place) return undefined;
  const listener = {
    ...place,
    tls: false,
    http2: false,
    reusePort: false,
    backlog: undefined as number | undefined,
    ipv6Only: false,
  };
  for (const flag of flags) {
    const backlog = /^backlog=(\d+)$/.exec(flag);
    if (backlog) listener.backlog = Number(backlog[1]);
    else if (flag === 'ssl') listener.tls = true;
    else if (flag === 'http2') listener.http2 = true;
    else if (flag === 'reuseport') listener.reusePort = true;
    else if (flag === 'ipv6only=on') listener.ipv6Only = true;
    else if (flag !== 'ipv6only=off' && !WITHOUT_EFFECT.test(flag)) return undefined;
  }
  return listener;
}

function placeFrom(address: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(address);
  if (!match) return undefined;
  const [, six, other, digits] = match;
  const port = Number(digits);
  if (port > 65535 || (six !== undefined && isIP(six) !== 6)) return undefined;
  return { host: six ?? (other as string), port };
}
