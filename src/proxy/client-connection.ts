import type { IncomingMessage } from 'node:http';
import { isIP, type Socket, SocketAddress } from 'node:net';
import { TLSSocket } from 'node:tls';
import { AddressList, plainAddress } from '../config/address-list.js';
import type { ConnectionFacts } from '../pdk/proxied-request.js';
import { absoluteTarget } from '../pdk/request-target.js';

/** Which peers are believed about the client they speak for, and how they tell of it; settings. */
export interface ClientAddressRules {
  /** IP addresses and CIDR blocks whose word about the client is taken. */
  readonly trustedIps: readonly string[];
  /** The header in which a trusted peer names the client. */
  readonly realIpHeader: string;
  /** Whether trusted addresses at the end of a list are skipped. */
  readonly realIpRecursive: boolean;
  /** The port clients see, by the port listened on. */
  readonly portMaps: ReadonlyMap<number, number>;
}

/** What does not change while a connection lives, and what of its bytes has been counted. */
interface Peer {
  readonly ip: string;
  readonly port: number;
  readonly trusted: boolean;
  readonly localPort: number;
  readonly tls: ConnectionFacts['tls'];
  bytesCounted: number;
}

/** Kept on the socket itself: a WeakMap's entry per connection would be looked through at every garbage collection. */
const PEER = Symbol('peer');
type KnownSocket = Socket & { [PEER]?: Peer };

/** Tells who the client is, on which port it came, and whether its forwarding headers are believed. Kong: 3.2. */
export class ClientConnections {
  private readonly trustedAddresses: AddressList;

  constructor(private readonly rules: ClientAddressRules) {
    this.trustedAddresses = new AddressList(rules.trustedIps);
  }

  factsOf(incoming: IncomingMessage): ConnectionFacts {
    const peer = this.peerOf(incoming.socket);
    const { tls } = peer;
    return {
      scheme: tls ? 'https' : 'http',
      host: hostOf(incoming),
      port: peer.localPort,
      clientIp: peer.trusted ? this.clientBehind(peer.ip, incoming) : peer.ip,
      clientPort: peer.port,
      peerIp: peer.ip,
      trusted: peer.trusted,
      ...(tls && { tls }),
    };
  }

  /** Bytes that came from a connection since this was last asked: those of the request that just ended. */
  bytesSinceLast(socket: Socket): number {
    const peer = this.peerOf(socket);
    const fresh = socket.bytesRead - peer.bytesCounted;
    peer.bytesCounted += fresh;
    return fresh;
  }

  private peerOf(socket: KnownSocket): Peer {
    let peer = socket[PEER];
    if (!peer) {
      const ip = plainAddress(socket.remoteAddress ?? '');
      const localPort = socket.localPort ?? 0;
      peer = {
        ip,
        port: socket.remotePort ?? 0,
        trusted: this.trustedAddresses.has(ip),
        localPort: this.rules.portMaps.get(localPort) ?? localPort,
        tls: socket instanceof TLSSocket ? tlsFacts(socket) : undefined,
        bytesCounted: 0,
      };
      socket[PEER] = peer;
    }
    return peer;
  }

  /**
   * The last address of the header, or with `real_ip_recursive` the last one that is not trusted itself. What is before
   * something that is no address does not count (nginx ngx_http_get_forwarded_addr).
   */
  private clientBehind(peerIp: string, incoming: IncomingMessage): string {
    const lowerName = this.rules.realIpHeader.toLowerCase();
    const header = lowerName === 'x-forwarded-for' ? incoming.headers[lowerName] : firstOf(incoming, lowerName);
    if (header === undefined) return peerIp;
    let client = peerIp;
    for (const text of String(header).split(/[ ,]+/).reverse()) {
      if (text === '') continue;
      const address = addressIn(text);
      if (address === undefined) break;
      client = address;
      if (!this.rules.realIpRecursive || !this.trustedAddresses.has(address)) break;
    }
    return client;
  }
}

/** The first header line of that name: but for X-Forwarded-For, later ones do not count. */
function firstOf({ rawHeaders, headers }: IncomingMessage, lowerName: string): string | undefined {
  if (headers[lowerName] === undefined) return undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() === lowerName) return rawHeaders[index + 1];
  }
  return undefined;
}

/** An address as a proxy writes it, perhaps with a port; `undefined`: it is none. */
function addressIn(text: string): string | undefined {
  const host = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = plainAddress(host);
  const family = isIP(address);
  return family === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : family === 4 ? address : undefined;
}

function tlsFacts(socket: TLSSocket): ConnectionFacts['tls'] {
  const sni = (socket as TLSSocket & { servername?: string | false }).servername;
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.standardName ?? '',
    ...(sni && { sni }),
    clientVerify: 'NONE',
  };
}

/** The Host header as received; the target's host where the target is absolute (RFC 9112, 3.2.2). */
function hostOf({ url, headers }: IncomingMessage): string {
  const target = url as string;
  const absolute = target.startsWith('/') ? undefined : absoluteTarget(target);
  if (absolute) return absolute.authority;
  return headers.host ?? (headers[':authority'] as string | undefined) ?? '';
}
