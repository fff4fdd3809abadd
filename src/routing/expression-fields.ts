import { headerOf, queryOf, segmentsOf } from '../entities/route-expression-field.js';
import type { Lookup } from './lookup.js';

/** What a field of the expression language holds for a request; `undefined`: nothing. Source: Kong kong/router/fields.lua. */
type Reader<T> = (lookup: Lookup) => T | undefined;

/** Values are byte strings; a header or query argument that was sent several times has several. */
export function textReader(field: string): Reader<string | readonly string[]> {
  switch (field) {
    case 'net.protocol':
      return ({ request }) => request.scheme;
    case 'tls.sni':
      return ({ request }) => request.sni;
    case 'http.method':
      return ({ request }) => request.method;
    case 'http.host':
      return ({ hostName }) => hostName || undefined;
    case 'http.path':
      return ({ path }) => path;
  }
  const header = headerOf(field);
  if (header !== undefined) return headerReader(header);
  const query = queryOf(field);
  if (query !== undefined) return ({ queryArguments }) => queryArguments.get(query);
  const segments = segmentsOf(field);
  if (segments) return segmentReader(segments.first, segments.last);
  throw new Error(`unknown field '${field}'`);
}

/** `_` in the field's name stands for itself, unless there are capitals in it, or else for `-`, which identifiers cannot hold. */
function headerReader(name: string): Reader<readonly string[]> {
  const dashed = name.toLowerCase().replaceAll('_', '-');
  const underscored = name;
  if (dashed === underscored || name !== name.toLowerCase()) return ({ request }) => request.header(dashed);
  return ({ request }) => {
    const values = request.header(underscored);
    return values.length > 0 ? values : request.header(dashed);
  };
}

function segmentReader(first: number, last: number): Reader<string> {
  return ({ segments }) => (last < segments.length ? segments.slice(first, last + 1).join('/') : undefined);
}

export function numberReader(field: string): Reader<number> {
  switch (field) {
    case 'net.src.port':
      return ({ request }) => request.clientPort;
    case 'net.dst.port':
      return ({ statedPort, request }) => statedPort ?? request.port;
    case 'http.path.segments.len':
      return ({ segments }) => segments.length;
  }
  throw new Error(`unknown field '${field}'`);
}

export function addressReader(field: string): Reader<string> {
  switch (field) {
    case 'net.src.ip':
      return ({ request }) => request.clientIp;
    case 'net.dst.ip':
      return ({ request }) => request.serverIp;
  }
  throw new Error(`unknown field '${field}'`);
}
