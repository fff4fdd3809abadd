import { asksForTrailers } from '../pdk/forwarded-headers.js';
import { HeaderList } from '../pdk/header-list.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';

/** Mean something only before the body, or belong to a connection: never taken from a trailer (RFC 9110, 6.5.1). */
const NOT_IN_TRAILERS = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'host',
  'keep-alive',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether trailers may follow this response: the client has said that it reads them, and there is a body before them. */
export function takesTrailers({ headers, method, incoming }: ProxiedRequest, status: number): boolean {
  const accepted = headers.get('te');
  if (accepted === undefined || !asksForTrailers(accepted)) return false;
  return (
    method !== 'HEAD' &&
    status !== 204 &&
    status !== 304 &&
    (incoming.httpVersionMajor > 1 || incoming.httpVersionMinor > 0)
  );
}

/** Passes the upstream's trailers on to a client that takes them. Those of a body with a length have no place on the wire. */
export function addTrailers(request: ProxiedRequest, flat: readonly string[]): void {
  if (!takesTrailers(request, request.status)) return;
  const kept = new HeaderList();
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] as string;
    if (!NOT_IN_TRAILERS.has(name.toLowerCase())) kept.append(name, flat[index + 1] as string);
  }
  request.outgoing.addTrailers(kept.toObject());
}
