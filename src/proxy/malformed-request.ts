import type { Socket } from 'node:net';
import { PRODUCT } from '../entities/product.js';
import { HeaderList } from '../pdk/header-list.js';
import { errorAnswer, MESSAGES } from './error-response.js';
import { newRequestId } from './request-id.js';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Not Allowed',
  408: 'Request Time-out',
  413: 'Request Entity Too Large',
};

/**
 * Answers what never became a request: a line or header that cannot be read, a head that is too large or too slow.
 * Nothing of it is forwarded, and the connection is closed, because where its next request would begin is unknown.
 */
export function refuseMalformed({ code }: { code?: string }, socket: Socket): void {
  if (!socket.writable || socket.destroyed) {
    socket.destroy();
    return;
  }
  const [status, message] = refusalFor(code);
  const id = newRequestId();
  const { body, contentType } = errorAnswer(status, message, id, 'core', new HeaderList(), 'text/plain');
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${new Date().toUTCString()}`,
    `Content-Type: ${contentType}`,
    'Connection: close',
    `Content-Length: ${body.length}`,
    'X-Kong-Response-Latency: 0',
    `Server: ${PRODUCT.token}`,
    `X-Kong-Request-Id: ${id}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body.toString('latin1')}`);
}

function refusalFor(code: string | undefined): [status: number, message: string] {
  switch (code) {
    case 'CONNECT':
      return [405, MESSAGES[405] as string];
    case 'HPE_HEADER_OVERFLOW':
      return [400, MESSAGES[494] as string];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, MESSAGES[408] as string];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, MESSAGES[413] as string];
    default:
      return [400, MESSAGES[400] as string];
  }
}
