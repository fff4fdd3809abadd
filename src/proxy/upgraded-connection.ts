import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Milliseconds } from '../entities/units.js';

/** A client's connection that asked to become a WebSocket: the socket itself, and what arrived after the head. */
export interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/**
 * Remembers the socket behind an upgrade request until it is known whether the upstream agrees. Nobody reads it until then,
 * so it is looked at for whether its client is still there.
 */
export function rememberUpgrade(incoming: IncomingMessage, upgrade: Upgrade): void {
  upgrades.set(incoming, upgrade);
  upgrade.socket.on('readable', noticeEnd).once('end', leave);
}

/** `undefined` for ordinary requests. */
export const upgradeOf = (incoming: IncomingMessage): Upgrade | undefined => upgrades.get(incoming);

/** Reads nothing, but tells the end of a connection on which nothing is left to read. */
function noticeEnd(this: Socket): void {
  this.read(0);
}

function leave(this: Socket): void {
  this.destroy();
}

/**
 * Sends the upstream's 101 to the client and joins the two sockets: bytes both ways, each at the other's pace, until one
 * side ends or nothing has come from either for `idle` (Kong: read_timeout). What one side had sent when it ended still
 * reaches the other. Calls `onClose` once, when both are closed.
 */
export function joinUpgraded(
  { socket: client, head }: Upgrade,
  outgoing: ServerResponse,
  upstream: Socket,
  responseHead: string,
  idle: Milliseconds,
  onClose: () => void,
): void {
  outgoing.detachSocket(client);
  client.off('readable', noticeEnd).off('end', leave);
  client.write(responseHead, 'latin1');
  if (head.length > 0) upstream.write(head);

  const timer = setTimeout(() => {
    client.destroy();
    upstream.destroy();
  }, idle);
  const alive = () => timer.refresh();
  let open = 2;
  const passOn = (from: Socket, to: Socket) => {
    from.on('data', alive);
    from.on('close', () => {
      to.destroySoon();
      open -= 1;
      if (open > 0) return;
      clearTimeout(timer);
      onClose();
    });
    from.on('error', ignore);
    from.pipe(to);
  };
  passOn(client, upstream);
  passOn(upstream, client);
}

/** It closes, which is all there is to know. */
const ignore = () => {};
