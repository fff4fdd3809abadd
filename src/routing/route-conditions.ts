import type { Route } from '../entities/route.js';
import { allowedSchemes } from './allowed-schemes.js';
import { HeaderCondition } from './header-condition.js';
import type { RoutableRequest } from './routable-request.js';
import type { PatternMatch } from './route-pattern.js';
import type { RouterRules } from './router-rules.js';
import { SniCondition } from './sni-condition.js';

/** What a Route asks of a request besides host and path, which the index has seen to. Every part that is set must hold. */
export class RouteConditions {
  private constructor(
    private readonly methods: readonly string[] | undefined,
    private readonly headers: readonly HeaderCondition[] | undefined,
    private readonly snis: SniCondition | undefined,
    private readonly schemes: readonly string[] | undefined,
  ) {}

  /** `undefined`: it asks nothing. */
  static of({ methods, headers, snis, protocols }: Route, rules: RouterRules): RouteConditions | undefined {
    const named = Object.entries(headers ?? {}).map(([name, values]) => HeaderCondition.of(name, values, rules));
    const sni = snis?.length ? SniCondition.of(snis, protocols, rules) : undefined;
    const schemes = allowedSchemes(protocols, rules);
    if (!methods?.length && named.length === 0 && !sni && !schemes) return undefined;
    const headersAsked = named.length > 0 ? named : undefined;
    return new RouteConditions(methods?.length ? methods : undefined, headersAsked, sni, schemes);
  }

  /** What regular expressions of headers matched in a request all parts hold for. */
  headerMatches(request: RoutableRequest): PatternMatch[] {
    return (this.headers ?? []).map((header) => header.patternMatch(request)).filter((match) => match !== undefined);
  }

  hold(request: RoutableRequest): boolean {
    if (this.methods && !this.methods.includes(request.method)) return false;
    if (this.schemes && !this.schemes.includes(request.scheme)) return false;
    if (this.snis && !this.snis.holds(request)) return false;
    if (this.headers) for (const header of this.headers) if (!header.holds(request)) return false;
    return true;
  }
}
