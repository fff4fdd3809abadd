import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What node:http reports when bytes did not become a request. */
export interface ParseFailure {
  readonly code?: string;
  /** What was being read. */
  readonly rawPacket?: Buffer;
}

/** As much of what was read is looked at for what was asked. */
const LOOKED_AT = 8192;
const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.\d$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/;

/**
 * What never became a request – a line or header that cannot be read, a head too large or too slow – as a request that is
 * refused: it is answered and logged like any other, with what could be read of it; nothing of it is forwarded, and its
 * connection closes, because where the next request would begin is unknown. `undefined`, with the socket closed, where no
 * answer can be written any more, or the request was answered already and only its body was still to come.
 */
export function malformedRequest(
  { rawPacket }: ParseFailure,
  socket: Socket,
): { incoming: IncomingMessage; outgoing: ServerResponse } | undefined {
  if (!socket.writable || socket.destroyed || isWithinBody(socket)) {
    socket.destroy();
    return undefined;
  }
  const incoming = new IncomingMessage(socket);
  const [first = '', ...lines] = rawPacket?.toString('latin1', 0, LOOKED_AT).split('\r\n') ?? [];
  const line = REQUEST_LINE.exec(first);
  // Kong logs GET where there was no method.
  incoming.method = line?.[1] ?? 'GET';
  incoming.url = line?.[2] ?? '';
  incoming.httpVersion = '1.1';
  incoming.httpVersionMajor = 1;
  incoming.httpVersionMinor = 1;
  // The last one is what has no end yet.
  if (line) takeHeaders(incoming, lines.slice(0, -1));
  const outgoing = new ServerResponse(incoming);
  outgoing.assignSocket(socket);
  outgoing.once('finish', () => socket.destroySoon());
  return { incoming, outgoing };
}

/** The headers before the one that could not be read, as nginx has read them when it gives up. */
function takeHeaders(incoming: IncomingMessage, lines: readonly string[]): void {
  for (const line of lines) {
    const header = HEADER_LINE.exec(line);
    if (!header) return;
    const [, name = '', value = ''] = header;
    incoming.rawHeaders.push(name, value);
    incoming.headers[name.toLowerCase()] ??= value;
  }
}

/** The parser is the connection's, and knows the request it reads. */
const isWithinBody = (socket: Socket): boolean => {
  const { parser } = socket as Socket & { parser?: { incoming?: IncomingMessage | null } | null };
  return parser?.incoming?.complete === false;
};

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
