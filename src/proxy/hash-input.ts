import { randomUUID } from 'node:crypto';
import type { Upstream } from '../entities/upstream.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { queryArguments } from '../routing/query-arguments.js';

/** What of a request is hashed, and a cookie that makes the client's next request hash the same. */
export interface HashInput {
  /** `undefined`: the request has no such value. */
  readonly key: string | undefined;
  readonly setCookie?: string;
}

/** Reads what is hashed of a request. */
export type HashReader = (request: ProxiedRequest) => HashInput;

const NO_KEY: HashInput = { key: undefined };

/**
 * How an Upstream's `hash_on`, and where that finds nothing `hash_fallback`, read a request; decided at configuration time.
 * `undefined`: nothing is hashed. Source: Kong kong/runloop/balancer/init.lua (get_value_to_hash).
 */
export function hashReader(upstream: Upstream): HashReader | undefined {
  if (upstream.algorithm === 'sticky-sessions') return sessionReader(upstream);
  const { hash_on, hash_fallback, hash_on_cookie: cookie, hash_on_cookie_path: cookiePath } = upstream;
  const on = valueReader(hash_on, {
    header: upstream.hash_on_header,
    queryArg: upstream.hash_on_query_arg,
    capture: upstream.hash_on_uri_capture,
    cookie,
  });
  if (!on) return undefined;
  const fallback = valueReader(hash_fallback, {
    header: upstream.hash_fallback_header,
    queryArg: upstream.hash_fallback_query_arg,
    capture: upstream.hash_fallback_uri_capture,
    cookie,
  });
  const givesCookie = (hash_on === 'cookie' || hash_fallback === 'cookie') && cookie !== undefined;
  return (request) => {
    // A value that is empty is one: the fallback is for those that were not sent at all.
    const key = on(request) ?? fallback?.(request);
    if (key !== undefined) return { key };
    return givesCookie ? newCookie(cookie, cookiePath) : NO_KEY;
  };
}

/** The token of the Target that the client was given; which one it is given, the Target decides. */
function sessionReader({ sticky_sessions_cookie: name }: Upstream): HashReader | undefined {
  return name ? ({ headers }) => ({ key: cookieValue(headers.getAll('cookie'), name) }) : undefined;
}

interface HashNames {
  readonly header: string | undefined;
  readonly queryArg: string | undefined;
  readonly capture: string | undefined;
  readonly cookie: string | undefined;
}

function valueReader(
  kind: string,
  { header = '', queryArg = '', capture = '', cookie = '' }: HashNames,
): ((request: ProxiedRequest) => string | undefined) | undefined {
  switch (kind) {
    case 'consumer':
      return ({ consumer, credential }) => consumer?.id ?? credential?.id;
    case 'ip':
      return ({ connection }) => connection.clientIp;
    case 'header':
      return ({ headers }) => (headers.has(header) ? headers.getAll(header).join(', ') : undefined);
    case 'cookie':
      return ({ headers }) => cookieValue(headers.getAll('cookie'), cookie);
    case 'path':
      return ({ path }) => path;
    case 'query_arg':
      return ({ rawQuery }) =>
        rawQuery === undefined ? undefined : queryArguments(rawQuery).get(queryArg)?.toSorted().join(',');
    case 'uri_capture':
      // By name only: Kong keeps the others under numbers, and asks for the text.
      return ({ uriCaptures }) => (IS_POSITION.test(capture) ? undefined : uriCaptures?.[capture]);
    default:
      return undefined;
  }
}

const IS_POSITION = /^\d+$/;

/** nginx's `$cookie_name`: letter case does not count in names. */
function cookieValue(headers: readonly string[], name: string): string | undefined {
  const lower = name.toLowerCase();
  for (const header of headers) {
    for (const pair of header.split(';')) {
      const equals = pair.indexOf('=');
      if (equals >= 0 && pair.slice(0, equals).trim().toLowerCase() === lower) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}

function newCookie(name: string, path: string): HashInput {
  const key = randomUUID();
  return { key, setCookie: stickyCookie(name, key, path) };
}

/** `Same-Site` with a hyphen is Kong's spelling. */
export const stickyCookie = (name: string, value: string, path: string): string =>
  `${name}=${value}; Path=${path}; Same-Site=Lax; HttpOnly`;
