import { hostInUrl } from '../entities/host.js';

/** Which port needs no mention, by protocol. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  grpc: 80,
  ws: 80,
  https: 443,
  grpcs: 443,
  wss: 443,
};

/** Where an attempt goes: the Service, or a Target of an Upstream. */
interface Destination {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

/**
 * The Host sent upstream: the client's own with `preserve_host`, else the address, with its port unless the protocol implies
 * it. `clientHost`: the client's Host header, `''` when there was none. A plugin that sets the Host wins over this; that is
 * the caller's business. Source: Kong kong/runloop/balancer/init.lua.
 */
export function upstreamHost(preserveHost: boolean, clientHost: string, address: Destination): string {
  if (preserveHost && clientHost !== '') return clientHost;
  const { protocol, host, port } = address;
  const named = hostInUrl(host);
  return DEFAULT_PORTS[protocol] === port ? named : `${named}:${port}`;
}
