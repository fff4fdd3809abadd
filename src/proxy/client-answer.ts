import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { type ErrorOrigin, type ErrorReader, type ErrorStyle, errorAnswer, MESSAGES } from './error-response.js';
import { breakStream, endWithHead } from './http2-stream.js';
import type { PhaseLists } from './plugin-chain.js';
import { bodyFilter, headerFilter } from './plugin-phases.js';
import { addOwnHeaders, type OwnHeaders } from './response-head.js';

/** What settings say about the gateway's answers. */
export interface AnswerOptions {
  readonly own: OwnHeaders;
  readonly errors: ErrorStyle;
}

/** More of a body that nobody wants than this is not read: the connection is closed instead. */
const MOST_TO_DRAIN = 32 * 1024 * 1024;

/** Answers with what a plugin decided (`request.exited`), through the filters of every plugin. */
export function answerExit(request: ProxiedRequest, lists: PhaseLists, options: AnswerOptions): void {
  const { exited } = request;
  if (exited === undefined) throw new Error('no plugin has answered');
  if (exited.kind === 'answer') {
    request.status = exited.status;
    request.responseHeaders = exited.headers;
    send(request, exited.body, lists, options);
    return;
  }
  request.responseHeaders = exited.headers;
  sendError(request, exited.status, exited.message, 'gateway', lists, options);
}

/** Answers with one of the gateway's own errors. */
export function answerError(
  request: ProxiedRequest,
  status: number,
  message: string,
  origin: ErrorOrigin,
  lists: PhaseLists,
  options: AnswerOptions,
): void {
  request.responseHeaders.remove('content-type');
  sendError(request, status, message, origin, lists, options);
}

function sendError(
  request: ProxiedRequest,
  status: number,
  message: string,
  origin: ErrorOrigin,
  lists: PhaseLists,
  options: AnswerOptions,
): void {
  const answer = errorAnswer(status, message, request.id, origin, readerOf(request), options.errors);
  request.status = status;
  request.responseHeaders.set('Content-Type', answer.contentType);
  for (const [name, value] of answer.headers) request.responseHeaders.set(name, value);
  send(request, answer.body, lists, options);
}

/** For the answer to an error that came while an error was answered. */
const PLAIN: ErrorStyle = { defaultType: 'text/plain' };

const readerOf = ({ headers, incoming }: ProxiedRequest): ErrorReader => ({
  headers,
  isHttp2: incoming.httpVersionMajor > 1,
});

function send(request: ProxiedRequest, body: Buffer, lists: PhaseLists, { own }: AnswerOptions): void {
  const { outgoing, moments } = request;
  // Answered already: the request was found malformed while somebody was still thinking about it.
  if (outgoing.writableEnded) return;
  if (outgoing.destroyed || outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  request.source = 'kong';
  moments.dispatched ??= performance.now();
  let payload = body;
  try {
    headerFilter(lists, request);
    if (lists.bodyFilter.length > 0) {
      const first = bodyFilter(lists, request, body, false);
      const rest = bodyFilter(lists, request, Buffer.alloc(0), true);
      payload = rest.length > 0 ? Buffer.concat([first, rest]) : first;
    }
  } catch {
    // A filter failed; plugin-phases has said which. The client must not take half an answer for a whole one.
    const answer = errorAnswer(500, MESSAGES[500] as string, request.id, 'gateway', readerOf(request), PLAIN);
    request.status = 500;
    request.responseHeaders.set('Content-Type', answer.contentType);
    payload = answer.body;
  }
  addOwnHeaders(request, own);
  const headers = request.responseHeaders;
  const bodiless = request.status === 204 || request.status === 304;
  if (!bodiless) headers.set('Content-Length', String(payload.length));
  writeHead(request);
  outgoing.end(bodiless || request.method === 'HEAD' ? undefined : payload);
}

/**
 * Sends the head to the client, connection header included. A head of gRPC that brings the outcome ends the stream with it:
 * clients take it for the trailers then, and would else wait for some.
 */
export function writeHead(request: ProxiedRequest): void {
  const { outgoing, responseHeaders, incoming } = request;
  if (incoming.httpVersionMajor > 1) {
    // HTTP/2 has no connection headers (RFC 9113, 8.2.2): node:http2 throws at them. It joins repeated ones (Set-Cookie!)
    // unless they come as arrays.
    for (const name of ['connection', 'upgrade']) responseHeaders.remove(name);
    const headers = responseHeaders.toObject();
    if (responseHeaders.has('grpc-status')) endWithHead(outgoing, request.status, headers);
    else outgoing.writeHead(request.status, headers);
    return;
  }
  const flat = responseHeaders.toFlat();
  // Said outright, because node:http would add a Keep-Alive header of its own beside it, which Kong's answers lack.
  flat.push('Connection', outgoing.shouldKeepAlive && !mustClose(request) ? 'keep-alive' : 'close');
  outgoing.writeHead(request.status, flat);
}

/** Ends a response so that nobody can take it for a complete one: what is written goes out, the end of the body does not. */
export function cutShort(request: ProxiedRequest): void {
  const { outgoing, incoming } = request;
  if (incoming.httpVersionMajor > 1) {
    breakStream(outgoing);
    return;
  }
  // Where no head was decided on, node:http would make one up.
  if (outgoing.headersSent) outgoing.flushHeaders();
  const { socket } = outgoing;
  if (socket && endsWithItsConnection(request)) socket.write('', () => breakConnection(socket));
  else socket?.destroySoon();
}

/** A client of HTTP/1.0, such as an nginx in front of us, is told the end of a body of unknown length by its connection's. */
function endsWithItsConnection({ incoming, responseHeaders }: ProxiedRequest): boolean {
  return incoming.httpVersionMajor === 1 && incoming.httpVersionMinor === 0 && !responseHeaders.has('content-length');
}

/** Ends a connection in a way that is no orderly end: with a reset, or without TLS's notice of its end. */
function breakConnection(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * The connection has carried as many requests as it may (keepalive_requests), and node:http answers the next one with a bare
 * 503; or a long body that was not read would have to be read to the end before the next request could be seen; or nothing
 * else can tell where the response ends.
 */
function mustClose(request: ProxiedRequest): boolean {
  const { body, incoming, outgoing } = request;
  if (endsWithItsConnection(request)) return true;
  if ((outgoing as { maxRequestsOnConnectionReached?: boolean }).maxRequestsOnConnectionReached) return true;
  if (incoming.complete) return false;
  const { announced } = body;
  return typeof announced === 'number' && announced > MOST_TO_DRAIN;
}
