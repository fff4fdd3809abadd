import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Milliseconds } from '../entities/units.js';

/** A client's connection that asked to become a WebSocket: the socket itself, and what arrived after the head. */
export interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** Remembers the socket behind an upgrade request until it is known whether the upstream agrees. */
export function rememberUpgrade(incoming: IncomingMessage, upgrade: Upgrade): void {
  upgrades.set(incoming, upgrade);
}

/** `undefined` for ordinary requests. */
export const upgradeOf = (incoming: IncomingMessage): Upgrade | undefined => upgrades.get(incoming);

/**
 * Sends the upstream's 101 to the client and joins the two sockets: bytes both ways, each at the other's pace, until one
 * side ends or nothing has come from either for `idle` (Kong: read_timeout). Calls `onClose` once.
 */
export function joinUpgraded(
  { socket: client, head }: Upgrade,
  outgoing: ServerResponse,
  upstream: Duplex,
  responseHead: string,
  idle: Milliseconds,
  onClose: () => void,
): void {
  outgoing.detachSocket(outgoing.socket as never);
  client.write(responseHead, 'latin1');
  if (head.length > 0) upstream.write(head);

  const timer = setTimeout(end, idle);
  const alive = () => timer.refresh();
  client.on('data', alive);
  upstream.on('data', alive);
  let closed = false;
  function end(): void {
    clearTimeout(timer);
    client.destroy();
    upstream.destroy();
    if (closed) return;
    closed = true;
    onClose();
  }
  for (const side of [client, upstream]) {
    side.on('error', end);
    side.on('close', end);
  }
  client.pipe(upstream);
  upstream.pipe(client);
}
