import type { Candidate } from './candidate.js';
import { hostParts } from './host-header.js';
import type { Lookup } from './lookup.js';
import { type PathIndex, PathIndexBuilder } from './path-index.js';
import type { RouterFlavor } from './router-rules.js';

/** Where a candidate is to be found. */
export interface Placement {
  /** As a Route writes it, port included; `undefined`: with any host. */
  readonly host: string | undefined;
  /** What the path must begin with; a byte string. */
  readonly prefix: string;
  readonly candidate: Candidate;
}

/** Longer names are not names (RFC 1035, 2.3.4), and a stranger shall not make us look at thousands of labels. */
const LONGEST_NAME = 253;

/** Candidates by the host they ask for, and under each host by the beginning of the path. */
export class HostIndex {
  /** Only flavor `traditional` wants something in place of a `*`; the others compare beginnings and ends. */
  private readonly least: number;

  private constructor(
    private readonly flavor: RouterFlavor,
    private readonly paths: PathIndex,
    private readonly anyHost: number,
    private readonly anyPort: HostNames,
    private readonly byPort: ReadonlyMap<number, HostNames>,
  ) {
    this.least = flavor === 'traditional' ? 1 : 0;
  }

  /** Placements must be in the order of their candidates' ranks. */
  static of(placements: readonly Placement[], flavor: RouterFlavor): HostIndex {
    const builder = new PathIndexBuilder();
    const anyHost = builder.newTree();
    const anyPort = new HostNames();
    const byPort = new Map<number, HostNames>();
    for (const { host, prefix, candidate } of placements) {
      if (host === undefined) {
        builder.add(anyHost, prefix, candidate);
        continue;
      }
      const { name, port } = hostParts(host, flavor);
      let names = port === undefined ? anyPort : byPort.get(port);
      if (!names) byPort.set(port as number, (names = new HostNames()));
      builder.add(names.treeFor(name, builder), prefix, candidate);
    }
    return new HostIndex(flavor, builder.build(), anyHost, anyPort, byPort);
  }

  /** The matching candidate with the lowest rank. */
  find(lookup: Lookup): Candidate | undefined {
    const { hostName: name } = lookup;
    let best: Candidate | undefined;
    if (name !== '') {
      best = this.anyPort.findPlain(this.paths, name, lookup, best);
      best = this.anyPort.findWildcard(this.paths, name, lookup, best, this.least);
      if (this.byPort.size > 0) best = this.findWithPort(name, lookup, best);
    }
    return this.paths.find(this.anyHost, lookup, best);
  }

  /**
   * A Host header without port stands for the listener's port, except in flavor `traditional`: there for the scheme's port
   * where the Route's host is a wildcard, and for none where it is plain (kong/router/traditional.lua, fields.lua).
   */
  private findWithPort(name: string, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const { statedPort, request } = lookup;
    const implied = this.flavor !== 'traditional' ? request.port : request.scheme === 'https' ? 443 : 80;
    const names = this.byPort.get(statedPort ?? implied);
    if (!names) return best;
    const plainCounts = this.flavor !== 'traditional' || statedPort !== undefined;
    const found = plainCounts ? names.findPlain(this.paths, name, lookup, best) : best;
    return names.findWildcard(this.paths, name, lookup, found, this.least);
  }
}

/** Which tree of the path index belongs to which name. */
class HostNames {
  private readonly plain = new Map<string, number>();
  /** `*.example.com`, by `example.com`. */
  private readonly suffixes = new Map<string, number>();
  /** `example.*`, by `example`. */
  private readonly prefixes = new Map<string, number>();

  /** The tree of a name as a Route writes it; a new one if there is none yet. */
  treeFor(name: string, builder: PathIndexBuilder): number {
    if (name.startsWith('*.')) return treeIn(this.suffixes, name.slice(2), builder);
    if (name.endsWith('.*')) return treeIn(this.prefixes, name.slice(0, -2), builder);
    return treeIn(this.plain, name, builder);
  }

  findPlain(paths: PathIndex, name: string, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const tree = this.plain.get(name);
    return tree === undefined ? best : paths.find(tree, lookup, best);
  }

  /** `least`: how many characters at least stand where the `*` is. */
  findWildcard(
    paths: PathIndex,
    name: string,
    lookup: Lookup,
    best: Candidate | undefined,
    least: number,
  ): Candidate | undefined {
    if ((this.suffixes.size === 0 && this.prefixes.size === 0) || name.length > LONGEST_NAME) return best;
    let found = best;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const suffixed = dot >= least ? this.suffixes.get(name.slice(dot + 1)) : undefined;
      if (suffixed !== undefined) found = paths.find(suffixed, lookup, found);
      const prefixed = dot + least < name.length ? this.prefixes.get(name.slice(0, dot)) : undefined;
      if (prefixed !== undefined) found = paths.find(prefixed, lookup, found);
    }
    return found;
  }
}

function treeIn(trees: Map<string, number>, name: string, builder: PathIndexBuilder): number {
  let tree = trees.get(name);
  if (tree === undefined) trees.set(name, (tree = builder.newTree()));
  return tree;
}
