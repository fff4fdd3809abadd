import type { Route } from '../entities/route.js';

/** What of a request decides whether it may use the protocol it came with. */
export interface ProtocolFacts {
  /** `X-Forwarded-Proto` of a trusted peer, else the connection's scheme. */
  readonly forwardedProto: string;
  /** `X-Forwarded-Host` of a trusted peer, else the Host header without its port. */
  readonly forwardedHost: string;
  /** The request target with query string, as received. */
  readonly target: string;
  readonly contentType: string | undefined;
  readonly isHttp2: boolean;
}

/** How a request that matched over the wrong protocol is answered. */
export type ProtocolAnswer =
  /** Kong's error body in the form the client accepts. */
  | {
      readonly kind: 'error';
      readonly status: 415 | 426;
      readonly message: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** No body. */
  | { readonly kind: 'empty'; readonly status: number; readonly headers: Readonly<Record<string, string>> };

const UPGRADE_TO_TLS: ProtocolAnswer = {
  kind: 'error',
  status: 426,
  message: 'Please use HTTPS protocol',
  headers: { Connection: 'Upgrade', Upgrade: 'TLS/1.2, HTTP/1.1' },
};
const UPGRADE_TO_HTTP2: ProtocolAnswer = {
  kind: 'error',
  status: 426,
  message: 'Please use HTTP2 protocol',
  headers: { Connection: 'Upgrade', Upgrade: 'HTTP/2' },
};
const NOT_GRPC: ProtocolAnswer = {
  kind: 'error',
  status: 415,
  message: 'Non-gRPC request matched gRPC route',
  headers: {},
};
const GRPC_OVER_PLAIN_TEXT: ProtocolAnswer = {
  kind: 'empty',
  status: 200,
  headers: {
    'Content-Type': 'application/grpc',
    'grpc-status': '1',
    'grpc-message': 'gRPC request matched gRPCs route',
  },
};

/**
 * Whether a request may be served by the Route it matched; `undefined`: it may. `protocols` does not take part in matching,
 * so this is asked afterwards, before any plugin of the access phase. Source: Kong kong/runloop/handler.lua.
 */
export function protocolAnswer(route: Route, facts: ProtocolFacts): ProtocolAnswer | undefined {
  const { protocols } = route;
  const secure = facts.forwardedProto === 'https';
  if (!secure && protocols.includes('https') && !protocols.includes('http')) return toHttps(route, facts);
  if (protocols.includes('grpc') || protocols.includes('grpcs')) {
    if (facts.contentType?.startsWith('application/grpc') !== true) return NOT_GRPC;
    if (!facts.isHttp2) return UPGRADE_TO_HTTP2;
    if (!secure && !protocols.includes('grpc')) return GRPC_OVER_PLAIN_TEXT;
  }
  return undefined;
}

function toHttps({ https_redirect_status_code: status }: Route, facts: ProtocolFacts): ProtocolAnswer {
  if (status === 426) return UPGRADE_TO_TLS;
  return { kind: 'empty', status, headers: { Location: `https://${facts.forwardedHost}${facts.target}` } };
}
