import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import type { Lookup } from './lookup.js';

/** What of a request's path a Route matched. */
export interface PathMatch {
  /** From the start of the path; a byte string. `undefined`: no path was compared. */
  readonly matched: string | undefined;
  /** Groups of a regular expression, by position from 1 and by name, the whole match under 0. */
  readonly captures: Readonly<Record<string, string>> | undefined;
}

export const NO_PATH: PathMatch = { matched: undefined, captures: undefined };

/** What a Route asks beyond the host name and the beginning of the path that led to it. */
export interface Candidate {
  /** Lower goes first; no two paths of a table share one. */
  readonly rank: number;
  readonly route: Route;
  readonly service: Service | undefined;
  matches(lookup: Lookup): boolean;
  /** For the candidate that won: what of the path it matched. */
  pathMatch(lookup: Lookup): PathMatch;
}
