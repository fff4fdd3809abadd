import type { RouterRules } from './router-rules.js';

/** gRPC comes over HTTP, so a connection's scheme is one of two. */
const SCHEMES: Readonly<Record<string, 'http' | 'https'>> = {
  http: 'http',
  grpc: 'http',
  ws: 'http',
  https: 'https',
  grpcs: 'https',
  wss: 'https',
};

/**
 * The schemes over which a Route is found; `undefined`: any. Only flavor `expressions` looks at `protocols` when it matches,
 * and not where https is all there is, so that http can be redirected (kong/router/expressions.lua).
 */
export function allowedSchemes(protocols: readonly string[], { flavor }: RouterRules): readonly string[] | undefined {
  if (flavor !== 'expressions' || (protocols.length === 1 && protocols[0] === 'https')) return undefined;
  const schemes = new Set(protocols.map((protocol) => SCHEMES[protocol] as string));
  return schemes.size === 1 ? [...schemes] : undefined;
}
