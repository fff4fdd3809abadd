import type { AttemptOrder } from '../transport/attempt.js';
import type { WordedRequest } from './worded-request.js';

/** One try as it is logged: exactly Kong's fields, in the order its guides show them. */
export interface TriedTarget {
  readonly ip: string;
  readonly route_type: string;
  readonly port: number;
  readonly upstream_scheme: string;
  readonly host: string;
  /** Without query: a key may be in it. */
  readonly upstream_uri: string;
  readonly provider: string;
  /** As configured; absent where the client chooses. */
  readonly model?: string;
}

/** An attempt as it goes into the log. */
export function triedTarget({ target, location }: WordedRequest, { address, path }: AttemptOrder): TriedTarget {
  const mark = path.indexOf('?');
  const tried: TriedTarget = {
    ip: address.ip,
    route_type: target.routeType,
    port: address.port,
    upstream_scheme: address.scheme,
    host: location.host,
    upstream_uri: mark < 0 ? path : path.slice(0, mark),
    provider: target.providerName,
  };
  const model = target.configuredModel;
  return model === undefined ? tried : { ...tried, model };
}
