import { byteString } from '../entities/byte-string.js';
import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import { type Candidate, NO_PATH, type PathMatch } from './candidate.js';
import type { Lookup } from './lookup.js';
import type { RouteConditions } from './route-conditions.js';
import { RoutePattern } from './route-pattern.js';
import type { RouterFlavor } from './router-rules.js';

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
    private readonly flavor: RouterFlavor,
  ) {
    this.pattern = path?.startsWith('~') ? patternOf(path.slice(1), flavor) : undefined;
    this.prefix = this.pattern ? this.pattern.literalPrefix : byteString(path ?? '');
  }

  matches(lookup: Lookup): boolean {
    if (this.conditions && !this.conditions.hold(lookup.request)) return false;
    return this.pattern === undefined || this.pattern.test(lookup.pathText);
  }

  pathMatch(lookup: Lookup): PathMatch {
    const ofPath = this.matchOfPath(lookup);
    if (this.flavor === 'traditional' || !this.conditions) return ofPath;
    // The other flavors keep one set of captures, in which regular expressions of headers write over those of the path
    // (Kong/atc-router src/interpreter.rs).
    let { captures } = ofPath;
    for (const { text, captures: ofHeader } of this.conditions.headerMatches(lookup.request)) {
      if (captures || ofHeader) captures = Object.assign(Object.create(null), captures, ofHeader ?? { 0: text });
    }
    return { ...ofPath, captures };
  }

  private matchOfPath(lookup: Lookup): PathMatch {
    if (this.path === undefined) return NO_PATH;
    if (!this.pattern) return { matched: this.prefix, captures: undefined };
    const found = this.pattern.exec(lookup.pathText);
    return { matched: found?.text, captures: found?.captures };
  }
}

/**
 * Flavor `traditional` holds all of a pattern to the start of the path; the others write `^` before it, which holds its first
 * branch there and lets the others match anywhere (kong/router/transform.lua, path_val_transform).
 */
function patternOf(pattern: string, flavor: RouterFlavor): RoutePattern {
  return RoutePattern.compile(
    pattern,
    flavor === 'traditional' ? { anchored: true, unicode: false } : { anchored: 'first', unicode: true },
  );
}
