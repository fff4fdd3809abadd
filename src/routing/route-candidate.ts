import { byteString } from '../entities/byte-string.js';
import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import { type Candidate, NO_PATH, type PathMatch } from './candidate.js';
import type { Lookup } from './lookup.js';
import type { RouteConditions } from './route-conditions.js';
import { RoutePattern } from './route-pattern.js';

/** One path of a Route that matches by attributes, or such a Route without paths. */
export class RouteCandidate implements Candidate {
  private readonly pattern: RoutePattern | undefined;
  /** What the path must begin with to match; the index sees to it. A byte string. */
  readonly prefix: string;

  constructor(
    readonly rank: number,
    readonly route: Route,
    readonly service: Service | undefined,
    private readonly path: string | undefined,
    private readonly conditions: RouteConditions | undefined,
  ) {
    this.pattern = path?.startsWith('~') ? RoutePattern.compile(path.slice(1), { anchored: true }) : undefined;
    this.prefix = this.pattern ? this.pattern.literalPrefix : byteString(path ?? '');
  }

  matches(lookup: Lookup): boolean {
    if (this.conditions && !this.conditions.hold(lookup.request)) return false;
    return this.pattern === undefined || this.pattern.test(lookup.pathText);
  }

  pathMatch(lookup: Lookup): PathMatch {
    if (this.path === undefined) return NO_PATH;
    if (!this.pattern) return { matched: this.prefix, captures: undefined };
    const found = this.pattern.exec(lookup.pathText);
    return { matched: found?.text, captures: found?.captures };
  }
}
