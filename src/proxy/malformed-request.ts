import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What node:http reports when bytes did not become a request. */
export interface ParseFailure {
  readonly code?: string;
  /** What was being read. */
  readonly rawPacket?: Buffer;
}

/**
 * What never became a request – a line or header that cannot be read, a head too large or too slow – as a request that is
 * refused: it is answered and logged like any other, nothing of it is forwarded, and its connection closes, because where
 * the next request would begin is unknown. `undefined`, with the socket closed, where no answer can be written any more.
 */
export function malformedRequest(
  { rawPacket }: ParseFailure,
  socket: Socket,
): { incoming: IncomingMessage; outgoing: ServerResponse } | undefined {
  if (!socket.writable || socket.destroyed) {
    socket.destroy();
    return undefined;
  }
  const line = /^([A-Z]+) (\S+) HTTP\/1\.\d\r\n/.exec(rawPacket?.toString('latin1', 0, 8192) ?? '');
  const incoming = new IncomingMessage(socket);
  // Kong logs GET where there was no method.
  incoming.method = line?.[1] ?? 'GET';
  incoming.url = line?.[2] ?? '';
  incoming.httpVersion = '1.1';
  incoming.httpVersionMajor = 1;
  incoming.httpVersionMinor = 1;
  const outgoing = new ServerResponse(incoming);
  outgoing.assignSocket(socket);
  outgoing.once('finish', () => socket.destroySoon());
  return { incoming, outgoing };
}

/** The response under way on a connection whose request turned out to be malformed in its body. */
export const responseUnderWay = (socket: Socket): ServerResponse | undefined =>
  (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;

/** The status that says what was wrong, by node:http's code for it. */
export function refusalFor(code: string | undefined): number {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 494;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    default:
      return 400;
  }
}
