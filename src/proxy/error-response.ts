import type { HeaderList } from '../pdk/header-list.js';

/**
 * The errors the gateway itself answers with: Kong's statuses, messages and bodies (kong/pdk/response.lua,
 * kong/error_handlers.lua; recorded from 3.9.3).
 */

/** Who raised an error decides what its form falls back to when the client names none. */
export type ErrorOrigin =
  /** Kong's own code and plugins: without Accept, JSON. */
  | 'gateway'
  /** The proxy core (nginx in Kong): without Accept the request's Content-Type, then `error_default_type`. */
  | 'core';

export const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  402: 'Payment required',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  411: 'Length required',
  413: 'Payload too large',
  414: 'URI too long',
  417: 'Expectation failed',
  422: 'Unprocessable entity',
  426: 'Please use HTTPS protocol',
  429: 'Too many requests',
  431: 'Request header fields too large',
  494: 'Request header or cookie too large',
  500: 'An unexpected error occurred',
  502: 'An invalid response was received from the upstream server',
  503: 'The upstream server is currently unavailable',
  504: 'The upstream server is timing out',
};

export const NO_ROUTE = 'no Route matched with those values';
export const NO_SERVICE = 'no Service found with those values';

type Form = 'json' | 'message' | 'html' | 'xml' | 'plain' | 'grpc';

const forms: Readonly<Record<Exclude<Form, 'grpc'>, { type: string; body(message: string, id: string): string }>> = {
  /** For who names gRPC without speaking it. */
  message: {
    type: 'application/json; charset=utf-8',
    body: (message) => JSON.stringify({ message }),
  },
  json: {
    type: 'application/json; charset=utf-8',
    body: (message, id) => `{\n  "message":${JSON.stringify(message)},\n  "request_id":"${id}"\n}`,
  },
  plain: {
    type: 'text/plain; charset=utf-8',
    body: (message, id) => `${message}\nrequest_id: ${id}\n`,
  },
  xml: {
    type: 'application/xml; charset=utf-8',
    body: (message, id) =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${message}</message>\n  <requestid>${id}</requestid>\n</error>\n`,
  },
  html: {
    type: 'text/html; charset=utf-8',
    body: (message, id) =>
      '<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n' +
      `    <h1>Error</h1>\n    <p>${message}.</p>\n    <p>request_id: ${id}</p>\n  </body>\n</html>\n`,
  },
};

/** A map, because strangers choose the names: what every object inherits is no media type. */
const byMediaType: ReadonlyMap<string, Form> = new Map([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['text/html', 'html'],
  ['application/xml', 'xml'],
  ['text/plain', 'plain'],
  ['text/*', 'plain'],
  ['application/grpc', 'grpc'],
]);

/** HTTP → gRPC status (Kong: kong/pdk/response.lua). */
const grpcStatus: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 6,
  429: 8,
  499: 1,
  500: 13,
  501: 12,
  503: 14,
  504: 4,
};

/** An error as it goes to the client. */
export interface ErrorAnswer {
  readonly contentType: string;
  readonly body: Buffer;
  /** gRPC clients read status and message from headers. */
  readonly headers: readonly (readonly [string, string])[];
}

/** Who is to be answered: what of a request decides the form of an error. */
export interface ErrorReader {
  readonly headers: HeaderList;
  readonly isHttp2: boolean;
}

/** How errors look here, by the settings. */
export interface ErrorStyle {
  /** `error_default_type`. */
  readonly defaultType: string;
  /** `error_template_*`: with `%s` where the message and where the request id goes. `undefined`: Kong's own. */
  readonly templates?: Readonly<Partial<Record<'json' | 'html' | 'xml' | 'plain', string | undefined>>>;
}

/** An error's body in the form the client accepts. */
export function errorAnswer(
  status: number,
  message: string,
  requestId: string,
  origin: ErrorOrigin,
  reader: ErrorReader,
  { defaultType, templates }: ErrorStyle,
): ErrorAnswer {
  const form = formFor(origin, reader, defaultType);
  if (form === 'grpc' && !speaksGrpc(reader)) return NOTHING;
  if (form === 'grpc') {
    const code = grpcStatus[status] ?? (status < 500 ? 3 : 13);
    return {
      contentType: GRPC,
      body: Buffer.alloc(0),
      headers: [
        ['grpc-status', String(code)],
        ['grpc-message', message],
      ],
    };
  }
  const { type, body } = forms[form];
  const template = form === 'message' ? undefined : templates?.[form];
  const said = form === 'json' ? JSON.stringify(message).slice(1, -1) : message;
  const text = template === undefined ? body(message, requestId) : filledIn(template, said, requestId);
  return { contentType: type, body: Buffer.from(text), headers: [] };
}

function filledIn(template: string, ...values: readonly string[]): string {
  let next = 0;
  return template.replace(/%[s%]/g, (directive) => (directive === '%s' ? (values[next++] ?? '') : '%'));
}

/** Who accepts gRPC but does not speak it gets a bare status (recording core_no_route_accept_grpc). */
const NOTHING: ErrorAnswer = { contentType: '', body: Buffer.alloc(0), headers: [] };

const GRPC = 'application/grpc';

/** Kong kong/pdk/response.lua: over HTTP/1.1 nobody speaks gRPC, whatever the Content-Type says. */
const speaksGrpc = ({ headers, isHttp2 }: ErrorReader) =>
  isHttp2 && headers.get('content-type')?.startsWith(GRPC) === true;

function formFor(origin: ErrorOrigin, reader: ErrorReader, defaultType: string): Form {
  const { headers } = reader;
  if (origin === 'gateway') return speaksGrpc(reader) ? 'grpc' : preferredForm(headers.getAll('accept').join(','));
  const named = headers.get('accept') ?? headers.get('content-type') ?? defaultType;
  if (!named.startsWith(GRPC)) return preferredForm(named);
  return speaksGrpc(reader) ? 'grpc' : 'message';
}

const TOKEN = '[a-z0-9][a-z0-9!#$&^_+.-]+';
const MEDIA_RANGE = new RegExp(`^(?:${TOKEN}|\\*)/(?:${TOKEN}|\\*)`, 'i');
const QUALITY = /\s*;\s*q=(1(?:\.0{0,3})?|0(?:\.\d{0,3})?)/iy;
const PARAMETER = new RegExp(`\\s*;\\s*${TOKEN}(?:=[^;]*)?`, 'iy');

/**
 * The form of the media type with the highest q; of the first among equals. Read as Kong reads it (kong/tools/http.lua): what
 * begins as a media range is one, whatever follows; a q that is no q counts as 1; types are known in lower case only.
 */
function preferredForm(accept: string): Form {
  let best: Form = 'json';
  let bestQuality = 0;
  for (const range of accept.split(',')) {
    const text = range.trim();
    const [type] = MEDIA_RANGE.exec(text) ?? [];
    if (type === undefined) continue;
    const quality = qualityOf(text, type.length);
    if (quality > bestQuality) {
      best = formOf(type);
      bestQuality = quality;
    }
  }
  return best;
}

/** `text`: a media range with its parameters, which begin at `start`. */
function qualityOf(text: string, start: number): number {
  let quality = 1;
  for (let at = start; ; ) {
    QUALITY.lastIndex = PARAMETER.lastIndex = at;
    const stated = QUALITY.exec(text);
    if (stated) quality = Number(stated[1]);
    const parameter = stated ?? PARAMETER.exec(text);
    if (!parameter) return quality;
    at += parameter[0].length;
  }
}

const formOf = (type: string): Form => byMediaType.get(type) ?? 'json';
