import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import { ComparedTexts } from './compared-texts.js';
import { ExpressionCandidate } from './expression-candidate.js';
import { HostIndex, type Placement } from './host-index.js';
import { Lookup } from './lookup.js';
import type { RoutableRequest } from './routable-request.js';
import { RouteCandidate } from './route-candidate.js';
import { RouteConditions } from './route-conditions.js';
import { inOrderOfPrecedence, isExpression } from './route-precedence.js';
import type { RouterFlavor, RouterRules } from './router-rules.js';

/** Which Route answers a request, and what of the request led to it. */
export interface RouteMatch {
  readonly route: Route;
  /** `undefined`: the Route has none, and unless a plugin answers the request is refused. */
  readonly service: Service | undefined;
  /** The request's path, normalized; a byte string. */
  readonly path: string;
  /** The beginning of `path` that the Route's path matched; `undefined`: no path was compared. */
  readonly matchedPath: string | undefined;
  /** Groups of a matching regex path, by position from 1 and by name, the whole match under 0. No groups: `undefined`. */
  readonly uriCaptures: Readonly<Record<string, string>> | undefined;
  /** The Route's `path_handling`, where the router flavor knows it. */
  readonly pathHandling: 'v0' | 'v1';
}

/** Routes of other protocols are not for http listeners. */
const HTTP = new Set(['http', 'https', 'grpc', 'grpcs', 'ws', 'wss']);

/** All Routes of a snapshot, ready to be asked. Built once, then only read. */
export class RouteTable {
  private constructor(
    private readonly index: HostIndex,
    private readonly compared: ComparedTexts,
    private readonly flavor: RouterFlavor,
  ) {}

  /**
   * Routes of a disabled Service are left out; a Route without Service is not. Throws when a Route's pattern or expression
   * cannot be used, which a checked configuration rules out.
   */
  static compile(routes: readonly Route[], services: readonly Service[], rules: RouterRules): RouteTable {
    const serviceOf = new Map(services.map((service) => [service.id, service]));
    const isServed = ({ service }: Route) => !service || serviceOf.get(service.id)?.enabled !== false;
    const served = routes.filter((route) => isServed(route) && route.protocols.some((protocol) => HTTP.has(protocol)));
    const placements: Placement[] = [];
    let rank = 0;
    for (const { route, hosts, paths } of inOrderOfPrecedence(served, rules)) {
      const service = route.service ? serviceOf.get(route.service.id) : undefined;
      if (isExpression(route)) {
        placements.push(...ExpressionCandidate.placements(rank++, route, service, rules));
        continue;
      }
      if (!asksAnything(route)) continue;
      const conditions = RouteConditions.of(route, rules);
      for (const path of paths.length > 0 ? paths : [undefined]) {
        const candidate = new RouteCandidate(rank++, route, service, path, conditions, rules.flavor);
        const { prefix } = candidate;
        for (const host of hosts.length > 0 ? hosts : [undefined]) placements.push({ host, prefix, candidate });
      }
    }
    const index = HostIndex.of(placements, rules.flavor);
    return new RouteTable(index, ComparedTexts.of(served, rules), rules.flavor);
  }

  /** The Route that goes before all others that match; `undefined`: none matches. */
  match(request: RoutableRequest): RouteMatch | undefined {
    const lookup = new Lookup(request, this.flavor);
    if (!this.compared.areReadable(lookup)) return undefined;
    const candidate = this.index.find(lookup);
    if (!candidate) return undefined;
    const { route, service } = candidate;
    const { matched, captures } = candidate.pathMatch(lookup);
    return {
      route,
      service,
      path: lookup.path,
      matchedPath: matched,
      uriCaptures: captures,
      pathHandling: this.flavor === 'traditional' && route.path_handling === 'v1' ? 'v1' : 'v0',
    };
  }
}

/** A Route that asks nothing of a request matches none. */
function asksAnything({ hosts, headers, paths, methods, snis }: Route): boolean {
  const lists = [hosts, paths, methods, snis, Object.keys(headers ?? {})];
  return lists.some((list) => list !== undefined && list !== null && list.length > 0);
}
