import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { deferred } from './deferred.js';
import type { Answer, Exchange } from './fake-upstream.js';
import {
  chatEvents,
  chatObject,
  openAiError,
  responsesEvents,
  responsesObject,
  type StreamEvent,
  type Wording,
} from './openai-wire.js';

/** How a stream is put on the wire, and where it goes wrong. Times in milliseconds. */
export interface StreamManners extends Wording {
  readonly headers?: OutgoingHttpHeaders;
  /** Before the response head. */
  readonly headDelay?: number;
  /** Between the head and the first event. */
  readonly firstDelay?: number;
  /** Between two events. */
  readonly delay?: number;
  readonly crlf?: boolean;
  /** Adds an SSE comment before each event. */
  readonly comments?: boolean;
  /** Leaves the `event:` lines out. */
  readonly unnamed?: boolean;
  /** Adds an event of a kind nobody knows before each event. */
  readonly strangers?: boolean;
  /** Writes pieces of so many bytes, each on its own, through lines and characters. */
  readonly split?: number;
  /** Everything in one write. */
  readonly together?: boolean;
  readonly gzip?: boolean;
  /** What happens after so many events, in place of the rest. */
  readonly breakAfter?: { readonly events: number; readonly how: 'end' | 'reset' | 'stall' | 'cut' };
  /** These events instead of OpenAI's. */
  readonly events?: readonly StreamEvent[];
}

/** Answers as OpenAI would: by path, streaming if the request asks for it. */
export function answerInKind(manners: StreamManners = {}): Answer {
  return (exchange) => {
    const { request, response } = exchange;
    const path = request.url.split('?')[0];
    if (request.method === 'GET' && path === '/v1/models') return json(response, 200, modelList);
    const asked = askedIn(request.body);
    if (path !== '/v1/responses' && path !== '/v1/chat/completions') {
      return json(
        response,
        404,
        openAiError(`Unknown request URL: ${request.method} ${path}`, 'invalid_request_error', null),
      );
    }
    if (asked === undefined) {
      return json(response, 400, openAiError('We could not parse the JSON body', 'invalid_request_error', null));
    }
    if (asked['stream'] === true) return sendStream(exchange, asked, path, manners);
    const whole = path === '/v1/responses' ? responsesObject(asked, manners) : chatObject(asked, manners);
    return pauseThen(manners.headDelay, () =>
      json(response, 200, JSON.stringify(whole), manners.headers, manners.gzip),
    );
  };
}

/** Answers with this status, body and headers, whatever was asked. */
export function status(code: number, body = errorBody(code), headers: OutgoingHttpHeaders = {}): Answer {
  return ({ response }) => json(response, code, body, headers);
}

/** An error with the code that tells a client what to do about it. */
export function error(status_: number, type: string, code: string | null, headers: OutgoingHttpHeaders = {}): Answer {
  return status(status_, openAiError(`fake: ${code ?? type}`, type, code), headers);
}

/** Breaks the connection (TCP reset) before a response head. */
export const reset: Answer = ({ socket }) => {
  socket.resetAndDestroy();
};

/** Closes the connection in an orderly way before a response head. */
export const hangUp: Answer = ({ socket }) => {
  socket.destroy();
};

/** Takes the request and never answers. */
export const silence: Answer = () => {};

/** Puts these bytes on the connection, whatever HTTP says, and closes it. */
export function rawBytes(bytes: string | Buffer): Answer {
  return ({ socket }) => {
    socket.end(bytes);
  };
}

/** Answers with `answer` once `release` is called; for tests that decide when. */
export function held(answer: Answer): { readonly answer: Answer; readonly release: () => void } {
  const { promise, resolve } = deferred();
  return {
    answer: async (exchange) => {
      await promise;
      await answer(exchange);
    },
    release: resolve,
  };
}

/** Answers with `answer` and keeps the body it writes. */
export function recorded(answer: Answer): { readonly answer: Answer; readonly sent: () => string } {
  const pieces: Buffer[] = [];
  return {
    answer: (exchange) => {
      const { response } = exchange;
      const write = response.write.bind(response) as (chunk: Buffer, written?: () => void) => boolean;
      response.write = ((chunk: string | Buffer, written?: () => void) => {
        pieces.push(Buffer.from(chunk as string));
        return write(Buffer.from(chunk as string), written);
      }) as typeof response.write;
      return answer(exchange);
    },
    sent: () => Buffer.concat(pieces).toString(),
  };
}

function errorBody(code: number): string {
  return openAiError(`fake: status ${code}`, code >= 500 ? 'server_error' : 'invalid_request_error', null);
}

async function sendStream(
  { response, socket }: Exchange,
  asked: Record<string, unknown>,
  path: string,
  manners: StreamManners,
): Promise<void> {
  const { headDelay, firstDelay, delay, breakAfter, together } = manners;
  const events = manners.events ?? (path === '/v1/responses' ? responsesEvents : chatEvents)(asked, manners);
  if (headDelay) await pause(headDelay);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-request-id': 'req_fake',
    ...(manners.gzip ? { 'content-encoding': 'gzip' } : {}),
    ...manners.headers,
  });
  response.flushHeaders();
  if (firstDelay) await pause(firstDelay);
  const body = manners.gzip ? gzipInto(response) : response;
  const frames = events.map((event) => frame(event, manners));
  if (together) frames.splice(0, frames.length, frames.join(''));
  for (const [index, text] of frames.entries()) {
    if (index === breakAfter?.events) return breakOff(breakAfter.how);
    if (index > 0 && delay) await pause(delay);
    if (response.destroyed) return;
    await writePieces(body, text, manners.split);
  }
  body.end();

  async function breakOff(how: 'end' | 'reset' | 'stall' | 'cut'): Promise<void> {
    switch (how) {
      case 'end':
        body.end();
        return;
      case 'cut':
        // The gateway has half an event when the connection goes, and no last chunk.
        await writePieces(body, (frames[breakAfter?.events ?? 0] as string).slice(0, 40), undefined);
        socket.destroy();
        return;
      case 'reset':
        socket.resetAndDestroy();
        return;
      case 'stall':
        return;
    }
  }
}

function frame({ name, data }: StreamEvent, { crlf, comments, unnamed, strangers }: StreamManners): string {
  const lines: string[] = [];
  if (comments) lines.push(': thinking', '');
  if (strangers) lines.push('event: response.stranger', 'data: {"type":"response.stranger","future":true}', '');
  if (name && !unnamed) lines.push(`event: ${name}`);
  lines.push(`data: ${data}`, '', '');
  return lines.join(crlf ? '\r\n' : '\n');
}

interface Sink {
  write(chunk: Buffer, written: (error?: Error | null) => void): boolean;
}

/** Writes a text, each piece only when the one before has gone to the kernel. */
async function writePieces(sink: Sink, text: string, size: number | undefined): Promise<void> {
  const bytes = Buffer.from(text);
  const step = size ?? bytes.length;
  for (let start = 0; start < bytes.length; start += step) {
    await new Promise<void>((resolve) => sink.write(bytes.subarray(start, start + step), () => resolve()));
  }
}

/** Compressed, but each write comes out at once: what a provider's edge does with a stream. */
function gzipInto(response: ServerResponse): Sink & { end(text?: string): unknown } {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  gzip.pipe(response);
  return gzip;
}

function json(
  response: ServerResponse,
  code: number,
  body: string,
  headers: OutgoingHttpHeaders = {},
  gzip = false,
): void {
  const bytes = gzip ? gzipSync(body) : Buffer.from(body);
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'x-request-id': 'req_fake',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    ...headers,
  });
  response.end(bytes);
}

async function pauseThen(wait: number | undefined, act: () => void): Promise<void> {
  if (wait) await pause(wait);
  act();
}

function askedIn(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const modelList = JSON.stringify({
  object: 'list',
  data: [{ id: 'gpt-4o', object: 'model', created: 1_715_367_049, owned_by: 'system' }],
});
